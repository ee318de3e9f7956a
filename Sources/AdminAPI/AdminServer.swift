public import FunctionModel
internal import Hummingbird
internal import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

#if canImport(Glibc)
internal import Glibc
#endif

/// Serves the admin API: one router behind a unix socket and, if wanted, a TCP listener.
public struct AdminServer: Service {
    private let settings: AdminSettings
    private let host: any HostOperations
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onListening: @Sendable (SocketAddress) -> Void

    /// Describes a server; nothing is touched before `run`.
    ///
    /// - Parameters:
    ///   - settings: Where to serve, and what to let in.
    ///   - host: Answers.
    ///   - group: Carries the connections.
    ///   - logger: Hears of trouble.
    ///   - onListening: Hears every address once it is bound; the port is the real one.
    public init(
        settings: AdminSettings,
        host: any HostOperations,
        group: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        self.settings = settings
        self.host = host
        self.group = group
        self.logger = logger
        self.onListening = onListening
    }

    /// Binds both listeners and serves until it is cancelled or shut down gracefully.
    ///
    /// - Throws: `AdminSetupError` when an address isn't ours to take or must not be bound.
    public func run() async throws {
        if let listener = settings.listener { try Self.check(listener) }
        let token = try AdminToken.load(path: settings.tokenPath)
        let socket = AdminSocket(path: settings.socketPath)
        try await socket.prepare(on: group)
        let gate = AdminGate(
            token: token,
            ownUser: geteuid(),
            hostNames: settings.listener?.hostNames ?? []
        )
        let responder = AdminRouter(host: host, gate: gate, settings: settings).responder()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                try await serve(responder, at: .unixDomainSocket(path: socket.path), socket: socket)
            }
            if let listener = settings.listener {
                let address = BindAddress.hostname(listener.host, port: listener.port)
                tasks.addTask { try await serve(responder, at: address, socket: nil) }
            }
            // When one listener fails, the other one's end is near too.
            defer { tasks.cancelAll() }
            while try await tasks.next() != nil {}
        }
    }

    static func check(_ listener: AdminSettings.Listener) throws {
        guard AdminGate.isLoopback(name: listener.host) || listener.mayLeaveLoopback else {
            throw AdminSetupError(
                "the admin API on \(listener.host):\(listener.port) could be reached from other "
                    + "machines: bind it to 127.0.0.1, or permit it explicitly"
            )
        }
    }

    private func serve(
        _ responder: some HTTPResponder<AdminContext>,
        at address: BindAddress,
        socket: AdminSocket?
    ) async throws {
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    idleTimeout: TimeAmount(settings.idleTimeout),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10,
                        maxHeaderListSize: 32 << 10,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: address,
                availableConnectionsDelegate: MaximumAvailableConnections(256)
            ),
            onServerRunning: { channel in
                do {
                    try socket?.protect()
                } catch {
                    logger.warning("the admin socket keeps its mode: \(error)")
                }
                if let address = channel.localAddress { onListening(address) }
            },
            eventLoopGroupProvider: .shared(group),
            logger: quiet
        )
        try await application.run()
    }

    /// Hummingbird tells of every start, and of connections that a stop cuts as of errors; what goes
    /// wrong in a request is answered as a problem, and what keeps it from serving is thrown.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .critical
        return quiet
    }
}
