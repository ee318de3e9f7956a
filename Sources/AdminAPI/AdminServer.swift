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
    /// The token is asked for wherever the listener is bound, so it may leave loopback; it is read
    /// along the way then, which the log says.
    ///
    /// - Throws: `AdminSetupError` when an address isn't ours to take.
    public func run() async throws {
        if let listener = settings.listener, !listener.isLoopback {
            logger.warning("\(Self.warning(listener))")
        }
        let token = try AdminToken.load(path: settings.tokenPath)
        let socket = AdminSocket(path: settings.socketPath)
        try await socket.prepare(on: group)
        let gate = AdminGate(
            token: token,
            ownUser: geteuid(),
            hostNames: settings.listener?.hostNames ?? [],
            metrics: settings.metrics
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

    /// What an operator has to know of a listener that others can reach.
    static func warning(_ listener: AdminSettings.Listener) -> String {
        "the admin API on \(listener.host):\(listener.port) can be reached from other machines over "
            + "plain HTTP: whoever can read along learns the token; put a proxy with TLS before it, or "
            + "bind it to 127.0.0.1"
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
