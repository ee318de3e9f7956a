import AdminAPI
import FakeHost
import Foundation
import FunctionModel
import NIOCore
import RoostCLI
import Testing

struct AdminServerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var method = "GET"
        var target: String
        var body: String?
        var status: Int
        var contains: String
        var testDescription: String { "\(method) \(target) gives \(status)" }
    }

    static let rows = [
        Row(target: "/healthz", status: 200, contains: #""isWell":true"#),
        Row(target: "/readyz", status: 503, contains: "The host is starting."),
        Row(target: "/metrics", status: 200, contains: "up 1\n"),
        Row(target: "/v1/about", status: 200, contains: #""functionAddress":"127.0.0.1:8080""#),
        Row(target: "/v1/cells", status: 200, contains: #"{"cells":[{"#),
        Row(target: "/v1/openapi.json", status: 200, contains: #"{"openapi":"3.1.0"}"#),
        Row(target: "/v1/functions", status: 200, contains: #""name":"samples.hello""#),
        Row(target: "/v1/functions/hello", status: 200, contains: #""timeoutSeconds":30"#),
        Row(target: "/v1/functions/samples.add", status: 200, contains: #""name":"samples.add""#),
        Row(target: "/v1/functions/gone", status: 404, contains: "urn:roost:problem:not-found"),
        Row(
            method: "POST",
            target: "/v1/functions/hello/invoke",
            body: "hi",
            status: 200,
            contains: "hi"
        ),
        Row(
            method: "POST",
            target: "/v1/functions/gone/invoke",
            status: 404,
            contains: "no function 'gone'"
        ),
        Row(
            method: "POST",
            target: "/v1/functions/crash/invoke",
            status: 502,
            contains: "it trapped"
        ),
        Row(target: "/v1/dead-letters", status: 200, contains: #""reason":"attemptsExhausted""#),
        Row(target: "/v1/dead-letters?size=1", status: 400, contains: "use function, after"),
        Row(target: "/v1/dead-letters/x", status: 400, contains: "32 hexadecimal digits"),
        Row(
            method: "DELETE",
            target: "/v1/dead-letters",
            body: #"{"all":true}"#,
            status: 200,
            contains: #"{"purged":1}"#
        ),
        Row(method: "DELETE", target: "/v1/dead-letters", status: 400, contains: "the JSON"),
        Row(
            method: "POST",
            target: "/v1/redrive",
            body: #"{"function":"hello"}"#,
            status: 202,
            contains: #"{"redriven":1}"#
        ),
        Row(target: "/v1/plugins", status: 200, contains: #""file":"libSamples.so""#),
        Row(target: "/v1/plugins/samples", status: 200, contains: #""file":"libSamples.so""#),
        Row(
            method: "PUT",
            target: "/v1/plugins/libX.so",
            body: "fine",
            status: 200,
            contains: "samples"
        ),
        Row(
            method: "PUT",
            target: "/v1/plugins/libX.so",
            body: "broken",
            status: 422,
            contains: "notELF"
        ),
        Row(method: "PUT", target: "/v1/plugins/libX.so", status: 400, contains: "no body"),
        Row(
            method: "PUT",
            target: "/v1/plugins/.hidden",
            body: "x",
            status: 400,
            contains: "file name"
        ),
        Row(
            method: "PUT",
            target: "/v1/plugins/%2e%2e%2fx",
            body: "x",
            status: 400,
            contains: "file name"
        ),
        Row(method: "DELETE", target: "/v1/plugins/libX.so", status: 204, contains: ""),
        Row(
            method: "POST",
            target: "/v1/plugins/samples/rollback",
            status: 200,
            contains: "samples"
        ),
        Row(
            method: "POST",
            target: "/v1/plugins/samples/rollback",
            body: "{",
            status: 400,
            contains: "content hash"
        ),
        Row(
            method: "POST",
            target: "/v1/plugins/samples/resume",
            status: 200,
            contains: "samples"
        ),
        Row(
            method: "PATCH",
            target: "/v1/functions/hello/limits",
            body: #"{"timeout":"1s","concurrency":4,"memory":null}"#,
            status: 200,
            contains: "samples.hello"
        ),
        Row(
            method: "PATCH",
            target: "/v1/plugins/samples/limits",
            body: #"{"timeout":[1]}"#,
            status: 400,
            contains: "by their names in roost.yaml"
        ),
        Row(target: "/v1/invocations", status: 200, contains: #"{"invocations":[{"#),
        Row(target: "/v1/invocations?outcome=odd", status: 400, contains: "succeeded, failed"),
        Row(target: "/v1/invocations?limit=0", status: 400, contains: "1 to 1000"),
        Row(target: "/v1/invocations?colour=red", status: 400, contains: "colour"),
        Row(target: "/v1/invocations/xyz", status: 400, contains: "32 hexadecimal digits"),
        Row(
            target: "/v1/invocations/\(String(repeating: "0", count: 32))",
            status: 404,
            contains: "Nothing is kept"
        ),
        Row(target: "/v1/logs", status: 200, contains: "an old line"),
        Row(target: "/v1/nothing", status: 404, contains: "/v1/nothing"),
        Row(target: "/v1/nothing", status: 404, contains: "urn:roost:problem:not-found"),
    ]

    @Test func answersEveryRouteOnBothListeners() async throws {
        try await RunningAdmin.with { admin in
            for row in Self.rows + Self.scheduleRows + Self.fileRows {
                for client in [admin.socket, admin.network] {
                    let reply = try await client.send(
                        .init(row.method, row.target, body: row.body.map(ByteBuffer.init(string:)))
                    )
                    #expect(reply.status == row.status, "\(row.testDescription): \(reply.text)")
                    #expect(
                        row.contains.isEmpty || reply.text.contains(row.contains),
                        "\(row.testDescription): \(reply.text)"
                    )
                    if row.status >= 400, row.target != "/readyz" {
                        #expect(reply.headers["content-type"] == "application/problem+json")
                    }
                }
            }
        }
    }

    @Test func asksForTheTokenOnTheNetworkOnly() async throws {
        try await RunningAdmin.with { admin in
            let stranger = AdminClient(
                .network(host: "127.0.0.1", port: admin.port, token: "guess")
            )
            let refused = try await stranger.send(.init("GET", "/v1/functions"))
            #expect(refused.status == 401)
            #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            let open = try await stranger.send(.init("GET", "/healthz")).status
            #expect(open == 200)
            // Nor does a path that isn't there say so to a stranger.
            let hidden = try await stranger.send(.init("GET", "/nothing")).status
            #expect(hidden == 401)
            let rebound = try await admin.network.send(
                .init("GET", "/healthz", headers: [("host", "evil.example")])
            )
            #expect(rebound.status == 403)
            let foreign = try await admin.network.send(
                .init("GET", "/v1/functions", headers: [("origin", "http://evil.example")])
            )
            #expect(foreign.status == 403)
        }
    }

    /// It writes whatever the host's user may write, and the token is worth less than that.
    @Test func copiesTheStoreForItsOwnUserOnly() async throws {
        try await RunningAdmin.with { admin in
            let wish = ByteBuffer(string: #"{"file":"/tmp/x"}"#)
            let here = try await admin.socket.send(.init("POST", "/v1/backup", body: wish))
            #expect(here.status == 201 && here.text.contains("/tmp/x"))
            let there = try await admin.network.send(.init("POST", "/v1/backup", body: wish))
            #expect(there.status == 400 && there.text.contains("admin.sock"), "\(there.text)")
            #expect(admin.host.asked.filter { $0.hasPrefix("backup") } == ["backup /tmp/x"])
        }
    }

    @Test func socketIsForItsOwnerOnly() async throws {
        try await RunningAdmin.with { admin in
            // The mode is set as soon as the socket is bound; a reply comes after that.
            _ = try await admin.socket.send(.init("GET", "/healthz"))
            let path = "\(admin.home.path)/admin.sock"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func saysHowAnInvocationEnded() async throws {
        try await RunningAdmin.with { admin in
            let reply = try await admin.socket.send(.init("POST", "/v1/functions/crash/invoke"))
            #expect(reply.headers["roost-outcome"] == "crashed")
            #expect(reply.headers["roost-invocation-id"] == admin.host.kept.id.description)
            #expect(reply.text.contains(#""reason":"SIGILL""#))
            #expect(reply.headers["server-timing"] == "queue;dur=0.000, run;dur=0.000")
        }
    }

    @Test func boundsBodies() async throws {
        try await RunningAdmin.with(deployBytes: 1_000) { admin in
            let body = ByteBuffer(repeating: 1, count: 1_001)
            let reply = try await admin.socket.send(.init("PUT", "/v1/plugins/libX.so", body: body))
            #expect(reply.status == 413)
            #expect(reply.text.contains("1000 bytes"))
            #expect(admin.host.asked.isEmpty)
        }
    }

    @Test func clientThatGoesTakesItsInvocationWithIt() async throws {
        try await RunningAdmin.with { admin in
            let call = Task {
                try await admin.socket.send(
                    .init("POST", "/v1/functions/slow/invoke"),
                    timeout: nil
                )
            }
            try await eventually { admin.host.asked.contains { $0.hasPrefix("invoke slow") } }
            call.cancel()
            _ = await call.result
            try await eventually { admin.host.wasCancelled }
        }
    }

    @Test func followsTheLog() async throws {
        try await RunningAdmin.with { admin in
            let lines = Task {
                var text = ""
                _ = try await admin.socket.exchange(
                    .init("GET", "/v1/logs", headers: [("accept", "text/event-stream")])
                ) { reply, piece in
                    #expect(reply.headers["content-type"] == "text/event-stream")
                    text += String(buffer: piece)
                    if text.contains("a new line") { throw CancellationError() }
                }
                return text
            }
            try await eventually { admin.host.isFollowed }
            admin.host.log("a new line")
            await #expect(throws: CancellationError.self) { try await lines.value }
        }
    }

    @Test func stopsWhileSomebodyFollowsTheLog() async throws {
        try await RunningAdmin.with { admin in
            let following = Task {
                _ = try await admin.socket.exchange(
                    .init("GET", "/v1/logs", headers: [("accept", "text/event-stream")])
                ) { _, _ in }
            }
            try await eventually { admin.host.isFollowed }
            // `with` cancels the server and waits for its end: that it returns is the claim.
            _ = following
        }
    }
}

/// Waits until something holds, for twenty seconds at most.
func eventually(
    _ condition: () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("it did not come true within 20 s", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

extension AdminClient.Reply {
    fileprivate var text: String { String(buffer: body) }
}
