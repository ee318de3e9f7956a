/// Decides who may ask what of the admin API; a pure function of what is known of the request.
struct AdminGate: Sendable {
    let token: AdminToken
    /// The user that the host runs as.
    let ownUser: UInt32
    /// Names beside loopback and the bound address that a `Host` header may carry.
    let hostNames: [String]
    /// Who may read the metrics without a token.
    var metrics = AdminSettings.MetricsAccess.loopback

    /// How a request came in.
    enum Way: Sendable, Equatable {
        /// Over the unix socket, from a process of this user; `nil` when the kernel didn't say.
        case socket(user: UInt32?)
        /// Over TCP: the peer's address, and the address that it reached.
        case network(peer: String, local: String)
    }

    /// What the gate looks at.
    struct Question: Sendable {
        var way: Way
        var path: String
        var host: String?
        var origin: String?
        var authorization: String?
    }

    enum Verdict: Equatable {
        case pass
        case refuse(status: Int, kind: String, detail: String)
    }

    func judge(_ question: Question) -> Verdict {
        switch question.way {
        case .socket(let user): judgeSocket(user: user)
        case .network(let peer, let local): judgeNetwork(question, peer: peer, local: local)
        }
    }

    private func judgeSocket(user: UInt32?) -> Verdict {
        guard let user, user == 0 || user == ownUser else {
            return .refuse(
                status: 403,
                kind: "wrong-user",
                detail: "The admin socket answers root and the host's own user only."
            )
        }
        return .pass
    }

    private func judgeNetwork(_ question: Question, peer: String, local: String) -> Verdict {
        guard let host = question.host, isKnown(host: host, local: local) else {
            return .refuse(
                status: 403,
                kind: "wrong-host",
                detail: "The Host header names neither loopback nor the bound address. Permit "
                    + "another name with --admin-names."
            )
        }
        if let origin = question.origin, !Self.isSame(origin: origin, host: host) {
            return .refuse(
                status: 403,
                kind: "wrong-origin",
                detail: "A page of another origin may not use the admin API."
            )
        }
        if question.path == "/metrics", metrics == .off {
            return .refuse(
                status: 404,
                kind: "metrics-off",
                detail: "The metrics are shown on the admin socket only."
            )
        }
        if isOpen(question.path, peer: peer) { return .pass }
        guard let authorization = question.authorization else {
            return .refuse(
                status: 401,
                kind: "token-missing",
                detail: "Send 'Authorization: Bearer …' with the token in HOME/admin.token."
            )
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            token.matches(Array(parts[1].utf8))
        else {
            return .refuse(
                status: 401,
                kind: "token-wrong",
                detail: "This is not the token in HOME/admin.token."
            )
        }
        return .pass
    }

    /// What monitoring asks for without a token.
    private func isOpen(_ path: String, peer: String) -> Bool {
        switch path {
        case "/healthz", "/readyz": true
        case "/metrics": metrics == .loopback && Self.isLoopback(address: peer)
        default: false
        }
    }

    /// Against DNS rebinding: a name that an attacker controls may resolve to this machine.
    private func isKnown(host: String, local: String) -> Bool {
        let name = Self.name(ofHost: host)
        return Self.isLoopback(name: name) || name == local.lowercased()
            || hostNames.contains { $0.lowercased() == name }
    }

    private static func isSame(origin: String, host: String) -> Bool {
        ["http://", "https://"].contains { origin.lowercased() == $0 + host.lowercased() }
    }

    /// The name in `name`, `name:port`, `[v6]` or `[v6]:port`, in lower case.
    static func name(ofHost host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return host[host.index(after: host.startIndex)..<end].lowercased()
        }
        return host.split(separator: ":", omittingEmptySubsequences: false)[0].lowercased()
    }

    /// Whether a name in a `Host` header means this machine, wherever it is resolved.
    static func isLoopback(name: String) -> Bool {
        name == "localhost" || isLoopback(address: name)
    }

    /// Whether an address literal is a loopback address.
    static func isLoopback(address: String) -> Bool {
        var text = Substring(address)
        if text.hasPrefix("::ffff:") { text = text.dropFirst(7) }
        if text == "::1" { return true }
        let octets = text.split(separator: ".", omittingEmptySubsequences: false)
            .map { $0.allSatisfy(\.isNumber) ? UInt8($0) : nil }
        return octets.count == 4 && octets[0] == 127 && octets.allSatisfy { $0 != nil }
    }
}
