import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct OutcomeTests {
    static let ends: [(result: InvocationResult, status: Int, word: String)] = [
        (InvocationResult(outcome: .failed), 500, "failed"),
        (InvocationResult(outcome: .failed, head: ResponseHead(status: 400)), 400, "failed"),
        (InvocationResult(outcome: .failed, head: ResponseHead(status: 200)), 500, "failed"),
        (InvocationResult(outcome: .crashed), 502, "crashed"),
        (InvocationResult(outcome: .lost), 502, "lost"),
        (InvocationResult(outcome: .memoryExceeded), 502, "memory-exceeded"),
        (InvocationResult(outcome: .timedOut), 504, "timed-out"),
        (InvocationResult(outcome: .cpuExceeded), 504, "cpu-exceeded"),
        (InvocationResult(outcome: .cancelled), 503, "cancelled"),
        (.rejected(.queueFull, "full"), 429, "too-many-requests"),
        (.rejected(.queueTimeout, "late"), 429, "too-many-requests"),
        (.rejected(.backingOff, "wait", retryAfter: .milliseconds(1_200)), 503, "unavailable"),
        (.rejected(.draining, "bye"), 503, "unavailable"),
        (.rejected(.noSuchFunction, "gone"), 404, "not-found"),
    ]

    @Test func everyOutcomeHasItsStatus() async throws {
        for (result, status, word) in Self.ends {
            let function = try FakeFunction("/f") { $0.observer.invocationDidEnd(result) }
            try await TestListener.serving([function]) { host in
                let client = try host.client()
                try client.send("GET /f HTTP/1.1\r\nHost: x\r\n\r\n")
                let reply = try #require(try client.reply())
                #expect(reply.status == status)
                #expect(reply["content-type"] == "application/problem+json")
                #expect(reply["roost-outcome"] == result.outcome.rawValue)
                let id = try #require(reply["roost-invocation-id"])
                #expect(reply.text.contains(#""type":"urn:roost:problem:\#(word)""#))
                #expect(reply.text.contains(#""invocation":"\#(id)""#))
                #expect(reply.text.contains(#""function":"test.f""#))
                #expect(reply.text.contains(#""outcome":"\#(result.outcome.rawValue)""#))
                let reason = result.error?.kind ?? result.outcome.rawValue
                #expect(reply.text.contains(#""reason":"\#(reason)""#))
                let wait = result.error?.retryAfter == nil ? (status == 429 ? "1" : nil) : "2"
                #expect(reply["retry-after"] == wait)
            }
        }
    }

    @Test func letsNoFunctionWriteTheListenersFields() async throws {
        let function = try FakeFunction("/f") { invocation in
            let fields = [
                Field("X-Ok", "1"), Field("Set-Cookie", "a=b"), Field("Set-Cookie", "c=d"),
                Field("X-Split", "a\r\nX-Evil: 1"), Field("X Bad", "1"), Field("", "1"),
                Field("Content-Length", "99"), Field("Transfer-Encoding", "chunked"),
                Field("Connection", "close"), Field("Roost-Outcome", "lost"), Field("Date", "x"),
            ]
            invocation.observer.invocationDidEnd(
                InvocationResult(
                    outcome: .succeeded,
                    head: ResponseHead(
                        status: 201,
                        contentType: "text/plain\r\nX-Evil: 2",
                        headers: fields
                    ),
                    body: ByteBuffer(string: "made")
                )
            )
        }
        try await TestListener.serving([function]) { host in
            let client = try host.client()
            try client.send("GET /f HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try #require(try client.reply())
            #expect(reply.status == 201)
            #expect(reply.text == "made")
            #expect(reply["x-ok"] == "1")
            #expect(reply.head.components(of: "Set-Cookie: ") == 2)
            #expect(reply["content-length"] == "4")
            for absent in ["Evil", "X Bad", "chunked", "close", "lost"] {
                #expect(!reply.head.contains(absent), "\(absent)")
            }
        }
    }

    @Test(arguments: [
        (0, true, 200), (0, false, 204), (99, true, 500), (700, true, 500), (304, true, 304),
    ])
    func keepsToStatusesThatExist(_ given: Int, _ hasBody: Bool, _ sent: Int) async throws {
        let function = try FakeFunction("/f") { invocation in
            invocation.observer.invocationDidEnd(
                InvocationResult(
                    outcome: .succeeded,
                    head: ResponseHead(status: given),
                    body: ByteBuffer(string: hasBody ? "x" : "")
                )
            )
        }
        try await TestListener.serving([function]) { host in
            let client = try host.client()
            try client.send("GET /f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let reply = try #require(try client.reply())
            #expect(reply.status == sent)
            #expect(try client.rest() == "")
        }
    }

    @Test func saysWhatMayBeRepeated() async throws {
        let plain = try FakeFunction("/plain", ["GET", "PUT", "POST"]) {
            $0.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        let declared = try FakeFunction("/declared", ["POST"], idempotent: true) {
            $0.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        let requests = [
            ("GET /plain", "", true), ("PUT /plain", "", true), ("POST /plain", "", false),
            ("POST /plain", "Idempotency-Key: 7\r\n", true), ("POST /declared", "", true),
            ("POST /plain", "Prefer: respond-async\r\n", false),
        ]
        try await TestListener.serving([plain, declared]) { host in
            let client = try host.client()
            for (line, fields, repeatable) in requests {
                try client.send("\(line) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
                let reply = try #require(try client.reply())
                #expect(reply.status == 204)
                #expect(reply["preference-applied"] == nil)
                let all = host.invoker.invocations.withLock { $0 }
                #expect(all.last?.request.repeatable == repeatable, "\(line) \(fields)")
            }
        }
    }
}
