import AdminAPI
import FakeHost
import Logging
import NIOCore
import NIOPosix
import RoostCLI
import ServiceLifecycle
import Testing

struct AdminShutdownTests {
    @Test(.timeLimit(.minutes(1))) func endsGracefullyWhileTheLogIsFollowed() async throws {
        let home = try TemporaryHome()
        let host = FakeHost()
        let (addresses, source) = AsyncStream.makeStream(of: SocketAddress.self)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = AdminServer(
            settings: AdminSettings(home: home.path, listener: nil),
            host: host,
            group: .singletonMultiThreadedEventLoopGroup,
            logger: quiet,
            onListening: { source.yield($0) }
        )
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: server)], logger: quiet)
        )
        let running = Task { try await group.run() }
        for await _ in addresses { break }
        let client = AdminClient(.socket(path: "\(home.path)/admin.sock"))
        let following = Task {
            try await client.exchange(
                .init("GET", "/v1/logs", headers: [("accept", "text/event-stream")])
            ) { _, _ in }
        }
        try await eventually { host.isFollowed }
        await group.triggerGracefulShutdown()
        try await running.value
        // The follower got a whole reply: its stream was ended, not cut.
        let reply = try await following.value
        #expect(reply.status == 200)
        try home.remove()
    }
}
