public import FunctionModel
public import Logging
public import NIOCore
private import NIOPosix
private import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// Answers HTTP with functions: binds an address, serves until it is drained.
public final class FunctionListener: Sendable {
    /// Where to listen and what to allow.
    public struct Configuration: Sendable {
        /// An address or name of this machine.
        public var host: String
        /// The port; 0 lets the system choose.
        public var port: Int
        /// Whether an address that others can reach is allowed although nobody has to sign in.
        public var allowPublic = false
        /// What clients may ask.
        public var limits = ListenerLimits()

        /// Describes a listener.
        public init(host: String = "127.0.0.1", port: Int = 8_080) {
            self.host = host
            self.port = port
        }
    }

    private enum Phase {
        case new
        case bound(any Channel)
        case drained
    }

    private let configuration: Configuration
    private let invoker: any FunctionInvoker
    private let desk: (any InvocationDesk)?
    private let keys: (any KeyedCalls)?
    private let group: any EventLoopGroup
    private let logger: Logger
    private let registry: ConnectionRegistry
    private let budget: BodyBudget
    private let batches: BatchDoor
    private let phase = Mutex(Phase.new)
    private let resources = Mutex<[ObjectIdentifier: NIOLoopBound<LoopResources>]>([:])

    /// Prepares a listener; nothing is open before `bind()`.
    ///
    /// - Parameters:
    ///   - configuration: Where to listen and what to allow.
    ///   - invoker: Runs functions.
    ///   - desk: Takes requests that prefer to be answered later; `nil` runs them like all others.
    ///   - keys: Makes calls once under their keys; `nil` makes all of them.
    ///   - group: Where connections live.
    ///   - logger: Hears of what goes wrong.
    public init(
        configuration: Configuration,
        invoker: any FunctionInvoker,
        desk: (any InvocationDesk)? = nil,
        keys: (any KeyedCalls)? = nil,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.configuration = configuration
        self.invoker = invoker
        self.desk = desk
        self.keys = keys
        self.group = group
        self.logger = logger
        registry = ConnectionRegistry(limit: configuration.limits.connections)
        budget = BodyBudget(limit: configuration.limits.bodies)
        batches = BatchDoor(limit: configuration.limits.batches)
    }

    /// The number of open connections.
    public var connections: Int { registry.count }

    /// The request bodies that are held in memory, in bytes.
    public var heldBodyBytes: Int { budget.held }

    /// Binds the address and begins to serve; returns the address with the port that was chosen.
    ///
    /// - Throws: `ListenerError` when the address may not or can't be bound.
    @discardableResult
    public func bind() async throws -> SocketAddress {
        let address = try resolved()
        guard configuration.allowPublic || address.isLoopback else {
            throw ListenerError.notLoopback(configuration.host)
        }
        let channel: any Channel
        do {
            channel = try await bootstrap().bind(to: address).get()
        } catch {
            throw ListenerError.cannotBind(
                configuration.host,
                configuration.port,
                Self.cause(error)
            )
        }
        phase.withLock { $0 = .bound(channel) }
        return channel.localAddress ?? address
    }

    private static func cause(_ error: any Error) -> String {
        guard let failure = error as? IOError else { return "\(error)" }
        return switch failure.errnoCode {
        case EADDRINUSE:
            "another program listens there; stop it, or choose another port"
        case EACCES: "that takes more rights than this user has; choose a port above 1023"
        case let code: String(cString: strerror(code))
        }
    }

    /// Serves until the listener has been drained; binds first if that has not been done.
    ///
    /// When the task is cancelled, everything is closed at once.
    public func run() async throws {
        if case .new = phase.withLock({ $0 }) { try await bind() }
        guard case .bound(let channel) = phase.withLock({ $0 }) else { return }
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
            try await drained()
        } onCancel: {
            channel.close(promise: nil)
            registry.closeAll()
        }
    }

    /// Stops accepting, closes idle connections, lets running requests finish, and closes what is
    /// left at the deadline.
    ///
    /// Returns when no connection is left.
    public func drain(within timeout: Duration) async throws {
        guard case .bound(let channel) = phase.withLock({ $0 }) else { return }
        channel.close(promise: nil)
        let deadline = group.any().scheduleTask(in: TimeAmount(timeout)) { [registry] in
            registry.closeAll()
        }
        try await drained()
        deadline.cancel()
        phase.withLock { $0 = .drained }
    }

    private func drained() async throws {
        let promise = group.any().makePromise(of: Void.self)
        registry.drain(promise)
        try await promise.futureResult.get()
    }

    private func resolved() throws -> SocketAddress {
        do {
            return try SocketAddress.makeAddressResolvingHost(
                configuration.host,
                port: configuration.port
            )
        } catch {
            throw ListenerError.cannotBind(configuration.host, configuration.port, "\(error)")
        }
    }

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
            }
    }

    private func prepare(_ channel: any Channel) throws {
        let admission = registry.admit(channel)
        guard admission != .refused else { throw ListenerError.tooManyConnections }
        let limits = configuration.limits
        try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(
                HTTP1Decoder(limits: limits),
                maximumBufferSize: HTTP1Decoder.bufferSize(limits)
            ),
            HTTP1Handler(
                limits: limits,
                invoker: invoker,
                desk: desk,
                keys: keys,
                resources: resources(of: channel.eventLoop),
                budget: budget,
                batches: batches,
                admission: admission
            )
        )
    }

    private func resources(of loop: any EventLoop) -> LoopResources {
        resources.withLock { all in
            let key = ObjectIdentifier(loop)
            if let known = all[key] { return known }
            let new = NIOLoopBound(LoopResources(), eventLoop: loop)
            all[key] = new
            return new
        }.value
    }
}
