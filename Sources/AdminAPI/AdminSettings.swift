/// Where the admin API is served, and what it lets in.
public struct AdminSettings: Sendable {
    /// The unix socket, made 0600, in a directory that has to be 0700.
    public var socketPath: String
    /// The file with the bearer token; made 0600 with a random one where there is none.
    public var tokenPath: String
    /// The TCP listener; `nil` for none.
    public var listener: Listener?
    /// The largest plugin that can be deployed.
    public var deployBytes = 256 << 20
    /// The largest payload of an invocation by an operator.
    public var payloadBytes = 64 << 20
    /// Who may read `/metrics` on the listener.
    public var metrics = MetricsAccess.loopback
    /// How long a client may take to send a body.
    public var bodyTimeout: Duration = .seconds(120)
    /// How long a connection may be idle between requests.
    public var idleTimeout: Duration = .seconds(75)
    /// How often a followed log says that it is still there.
    public var heartbeat: Duration = .seconds(15)

    /// Who may read `/metrics` without more ado.
    public enum MetricsAccess: Sendable, Hashable {
        /// Whoever connects from this machine.
        case loopback
        /// Who has the token.
        case token
        /// Nobody over the listener.
        case off
    }

    /// A TCP address to bind.
    public struct Listener: Sendable, Hashable {
        /// An address or name; names other than `localhost` count as beyond loopback.
        public var host: String
        /// The port; 0 for any.
        public var port: Int
        /// Names beside loopback and the bound address that a `Host` header may carry.
        public var hostNames: [String]

        /// Whether only this machine can reach the address.
        public var isLoopback: Bool { AdminGate.isLoopback(name: host) }

        /// Describes an address to bind.
        public init(
            host: String = "127.0.0.1",
            port: Int = 8081,
            hostNames: [String] = []
        ) {
            self.host = host
            self.port = port
            self.hostNames = hostNames
        }
    }

    /// Serves below a home directory.
    public init(home: String, listener: Listener?) {
        socketPath = "\(home)/admin.sock"
        tokenPath = "\(home)/admin.token"
        self.listener = listener
    }
}

/// Why the admin API can't be served, in a sentence that says what to do.
public struct AdminSetupError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
