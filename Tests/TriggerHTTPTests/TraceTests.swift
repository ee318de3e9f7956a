import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct TraceTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    private static func request(_ fields: String) async throws -> InvocationRequest {
        let function = try FakeFunction("/f") {
            $0.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        let seen = Mutex<InvocationRequest?>(nil)
        try await TestListener.serving([function]) { host in
            let client = try host.client()
            try client.send("GET /f HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
            #expect(try client.reply()?.status == 204)
            let last = host.invoker.invocations.withLock { $0.last?.request }
            seen.withLock { $0 = last }
        }
        return try #require(seen.withLock { $0 })
    }

    private static func header(_ name: String, of request: InvocationRequest) -> [String] {
        request.http?.headers.filter { $0.name == name }.map(\.value) ?? []
    }

    @Test func theCallersTraceGoesOnWithANewSpan() async throws {
        let given = "00-\(Self.trace)-\(Self.span)-01"
        let request = try await Self.request(
            "Traceparent: \(given)\r\nTracestate: a=1\r\nTracestate: b=2\r\n"
        )
        let sent = request.trace.traceparent
        #expect(sent.hasPrefix("00-\(Self.trace)-") && sent.hasSuffix("-01"))
        #expect(!sent.contains(Self.span))
        #expect(request.trace.state == "a=1,b=2")
        #expect(Self.header("traceparent", of: request) == [sent])
        #expect(Self.header("tracestate", of: request) == ["a=1,b=2"])
    }

    @Test(arguments: [
        "", "Traceparent: nonsense\r\nTracestate: a=1\r\n",
        "Traceparent: 00-\(trace)-0000000000000000-01\r\nTracestate: a=1\r\n",
        "Traceparent: 00-\(trace)-\(span)-01\r\nTraceparent: 00-\(trace)-\(span)-01\r\n",
        "Tracestate: a=1\r\n",
    ])
    func withoutATraceToContinueANewOneBegins(fields: String) async throws {
        let request = try await Self.request(fields)
        #expect(TraceContext(traceparent: request.trace.traceparent) != nil)
        #expect(!request.trace.traceparent.contains(Self.trace))
        #expect(request.trace.state.isEmpty)
        #expect(Self.header("traceparent", of: request).isEmpty)
        #expect(Self.header("tracestate", of: request).isEmpty)
    }
}
