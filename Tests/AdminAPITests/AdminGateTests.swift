import Testing

@testable import AdminAPI

struct AdminGateTests {
    private static let secret = String(repeating: "a1", count: 32)
    private let gate = AdminGate(
        token: AdminToken(secret),
        ownUser: 1_000,
        hostNames: ["roost.example"]
    )

    struct Row: Sendable, CustomTestStringConvertible {
        var claim: String
        var path = "/v1/functions"
        var host: String? = "127.0.0.1:8081"
        var origin: String?
        var authorization: String? = "Bearer \(secret)"
        var peer = "127.0.0.1"
        var local = "127.0.0.1"
        var refusal: String?
        var testDescription: String { claim }
    }

    static let rows = [
        Row(claim: "the token opens"),
        Row(claim: "the scheme's case doesn't matter", authorization: "bearer \(secret)"),
        Row(claim: "no token", authorization: nil, refusal: "token-missing"),
        Row(
            claim: "wrong token",
            authorization: "Bearer \(secret.dropLast())b",
            refusal: "token-wrong"
        ),
        Row(
            claim: "shorter token",
            authorization: "Bearer \(secret.dropLast())",
            refusal: "token-wrong"
        ),
        Row(claim: "longer token", authorization: "Bearer \(secret)a", refusal: "token-wrong"),
        Row(claim: "empty token", authorization: "Bearer ", refusal: "token-wrong"),
        Row(claim: "other scheme", authorization: "Basic \(secret)", refusal: "token-wrong"),
        Row(claim: "health is open", path: "/healthz", authorization: nil),
        Row(claim: "readiness is open", path: "/readyz", authorization: nil, peer: "10.0.0.9"),
        Row(claim: "metrics are open on loopback", path: "/metrics", authorization: nil),
        Row(
            claim: "metrics are closed from afar",
            path: "/metrics",
            host: "10.0.0.1:8081",
            authorization: nil,
            peer: "10.0.0.9",
            local: "10.0.0.1",
            refusal: "token-missing"
        ),
        Row(
            claim: "a path below an open one is not open",
            path: "/metrics/x",
            authorization: nil,
            refusal: "token-missing"
        ),
        Row(claim: "localhost is known", host: "localhost:9"),
        Row(claim: "IPv6 loopback is known", host: "[::1]:8081"),
        Row(claim: "the bound address is known", host: "10.0.0.1:8081", local: "10.0.0.1"),
        Row(claim: "a configured name is known", host: "Roost.Example"),
        Row(claim: "a rebound name is not", host: "evil.example:8081", refusal: "wrong-host"),
        Row(claim: "nor for health", path: "/healthz", host: "evil.example", refusal: "wrong-host"),
        Row(
            claim: "nor one that begins well",
            host: "127.0.0.1.evil.example",
            refusal: "wrong-host"
        ),
        Row(claim: "nor another address", host: "10.0.0.2", refusal: "wrong-host"),
        Row(claim: "nor none", host: nil, refusal: "wrong-host"),
        Row(claim: "the own origin may", origin: "http://127.0.0.1:8081"),
        Row(
            claim: "another port's may not",
            origin: "http://127.0.0.1:3000",
            refusal: "wrong-origin"
        ),
        Row(
            claim: "another name's may not",
            origin: "https://evil.example",
            refusal: "wrong-origin"
        ),
        Row(claim: "an opaque one may not", origin: "null", refusal: "wrong-origin"),
    ]

    @Test(arguments: rows) func judgesTheNetwork(row: Row) {
        let verdict = gate.judge(
            .init(
                way: .network(peer: row.peer, local: row.local),
                path: row.path,
                host: row.host,
                origin: row.origin,
                authorization: row.authorization
            )
        )
        switch verdict {
        case .pass: #expect(row.refusal == nil)
        case .refuse(let status, let kind, _):
            #expect(kind == row.refusal)
            #expect(status == (kind.hasPrefix("token") ? 401 : 403))
        }
    }

    @Test(arguments: [(0, true), (1_000, true), (1_001, false), (nil, false)] as [(UInt32?, Bool)])
    func socketAnswersRootAndTheHostsUserOnly(user: UInt32?, passes: Bool) {
        let verdict = gate.judge(.init(way: .socket(user: user), path: "/v1/functions"))
        #expect((verdict == .pass) == passes)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("127.0.0", false), ("127.0.0.256", false), ("128.0.0.1", false), ("0.0.0.0", false),
        ("::", false), ("127.0.0.1.", false), ("", false), ("+127.0.0.1", false),
    ])
    func knowsLoopback(address: String, isLoopback: Bool) {
        #expect(AdminGate.isLoopback(address: address) == isLoopback)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
        ("::", false), ("example.org", false),
    ])
    func listenersBeyondLoopbackAreWarnedOf(host: String, isLoopback: Bool) {
        let listener = AdminSettings.Listener(host: host, port: 81)
        #expect(listener.isLoopback == isLoopback)
        let warning = AdminServer.warning(listener)
        #expect(warning.contains("\(host):81") && warning.contains("plain HTTP"))
    }

    @Test(
        arguments: [
            (.loopback, nil, nil), (.token, nil, "token-missing"), (.off, nil, "metrics-off"),
            (.token, "Bearer \(secret)", nil), (.off, "Bearer \(secret)", "metrics-off"),
        ] as [(AdminSettings.MetricsAccess, String?, String?)]
    )
    func metricsAreForWhomTheSettingsSay(
        metrics: AdminSettings.MetricsAccess,
        authorization: String?,
        refusal: String?
    ) {
        var gate = gate
        gate.metrics = metrics
        var question = AdminGate.Question(
            way: .network(peer: "127.0.0.1", local: "127.0.0.1"),
            path: "/metrics",
            host: "localhost"
        )
        question.authorization = authorization
        switch gate.judge(question) {
        case .pass: #expect(refusal == nil)
        case .refuse(_, let kind, _): #expect(kind == refusal)
        }
        question.way = .socket(user: 0)
        #expect(gate.judge(question) == .pass)
    }
}
