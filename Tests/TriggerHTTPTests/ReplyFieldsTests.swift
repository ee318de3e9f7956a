import FunctionModel
import NIOCore
import Testing

@testable import TriggerHTTP

/// Also what no function has answered names its invocation, its outcome and its times.
@Suite struct ReplyFieldsTests {
    static let big = String(repeating: "a", count: 40_000)
    static let requests: [(request: String, status: Int)] = [
        ("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 204),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("nonsense\r\n\r\n", 400), ("GET /hello HTTP/1.1\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", 413),
        ("GET /\(big) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: a wonder\r\n\r\n", 417),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nX: \(big)\r\n\r\n", 431),
        ("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    ]

    @Test func areOnEveryReply() async throws {
        let functions = [try TestListener.hello(), try TestListener.echo()]
        try await TestListener.serving(functions) { host in
            for (request, status) in Self.requests {
                let client = try host.client()
                try client.send(request)
                let reply = try #require(try client.reply(), "\(request.prefix(60))")
                #expect(reply.status == status, "\(request.prefix(60))")
                #expect(reply["roost-invocation-id"].flatMap(InvocationID.init) != nil)
                let outcome = status < 300 ? "succeeded" : "rejected"
                #expect(reply["roost-outcome"] == outcome)
                #expect(reply["server-timing"]?.hasPrefix("queue;dur=") == true)
            }
        }
    }
}
