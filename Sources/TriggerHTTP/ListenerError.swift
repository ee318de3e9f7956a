internal import NIOCore

/// Why the function listener can't be opened, in a sentence for the operator.
public enum ListenerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address could be reached by others, and nobody has to sign in.
    case notLoopback(String)
    /// The system refuses the address.
    case cannotBind(String, Int, String)
    /// There are more connections than allowed; the new one is closed.
    case tooManyConnections

    /// The sentence.
    public var description: String {
        switch self {
        case .notLoopback(let host):
            "--listen \(host): other machines could call every function without signing in; listen "
                + "on 127.0.0.1 or ::1, or allow it with --allow-public (allowPublic: true in "
                + "roost.yaml), as a container or a machine behind a proxy needs it"
        case .cannotBind(let host, let port, let reason):
            "--listen \(host):\(port): the address can't be bound: \(reason)"
        case .tooManyConnections:
            "there are more connections than allowed"
        }
    }
}

extension SocketAddress {
    /// Whether only this machine can reach the address.
    var isLoopback: Bool {
        guard let text = ipAddress else { return true }
        return self.protocol == .inet ? text.hasPrefix("127.") : text == "::1"
    }
}
