import AdminAPI
import FakeHost
import Foundation
import Logging
import NIOCore
import NIOPosix
import RoostCLI

/// An admin API that really listens, for the length of a test.
struct RunningAdmin {
    let host: FakeHost
    let home: TemporaryHome
    let socket: AdminClient
    let network: AdminClient
    let port: Int
    let token: String

    static func with(
        home given: TemporaryHome? = nil,
        settings change: (inout AdminSettings) -> Void = { _ in },
        _ work: (RunningAdmin) async throws -> Void
    ) async throws {
        let home = try given ?? TemporaryHome()
        let host = FakeHost()
        var settings = AdminSettings(home: home.path, listener: .init(port: 0))
        change(&settings)
        let (addresses, source) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = AdminServer(
            settings: settings, host: host, group: .singletonMultiThreadedEventLoopGroup,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { source.yield($0) })
        let serving = Task {
            defer { source.finish() }
            try await server.run()
        }
        var port: Int?
        var bound = 0
        for await address in addresses {
            bound += 1
            port = address.port ?? port
            if bound == 2 { break }
        }
        guard let port else {
            try await serving.value
            throw CancellationError()
        }
        let token = try String(contentsOfFile: settings.tokenPath, encoding: .utf8).dropLast()
        try await work(
            RunningAdmin(
                host: host, home: home, socket: AdminClient(.socket(path: settings.socketPath)),
                network: AdminClient(.network(host: "127.0.0.1", port: port, token: String(token))),
                port: port, token: String(token)))
        serving.cancel()
        _ = await serving.result
        if given == nil { try home.remove() }
    }
}

extension AdminClient.Reply {
    var text: String { String(buffer: body) }
}
