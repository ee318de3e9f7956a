internal import AdminAPI
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
public import RoostCLI

/// An admin API that really listens, for the length of a test.
public struct RunningAdmin: Sendable {
    /// Answers.
    public let host: FakeHost
    /// Holds socket and token.
    public let home: TemporaryHome
    /// Asks over the socket.
    public let socket: AdminClient
    /// Asks over TCP, with the token.
    public let network: AdminClient
    /// The TCP port.
    public let port: Int

    /// Serves while `work` runs, and waits for the server's end.
    public static func with(
        home given: TemporaryHome? = nil,
        deployBytes: Int? = nil,
        _ work: (RunningAdmin) async throws -> Void
    ) async throws {
        let home = try given ?? TemporaryHome()
        let host = FakeHost()
        var settings = AdminSettings(home: home.path, listener: .init(port: 0))
        settings.deployBytes = deployBytes ?? settings.deployBytes
        let (addresses, source) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = AdminServer(
            settings: settings,
            host: host,
            group: .singletonMultiThreadedEventLoopGroup,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { source.yield($0) }
        )
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
                host: host,
                home: home,
                socket: AdminClient(.socket(path: settings.socketPath)),
                network: AdminClient(.network(host: "127.0.0.1", port: port, token: String(token))),
                port: port
            )
        )
        serving.cancel()
        _ = await serving.result
        if given == nil { try home.remove() }
    }
}
