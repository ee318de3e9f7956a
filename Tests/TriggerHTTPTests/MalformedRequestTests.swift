import FunctionModel
import Synchronization
import Testing

@testable import TriggerHTTP

/// What RFC 9112 and the habits of careful servers refuse: one answer, then the connection ends.
@Suite struct MalformedRequestTests {
    static let host = "Host: x\r\n"

    static let badRequests: [(name: String, bytes: String)] = [
        ("no host", "GET /hello HTTP/1.1\r\n\r\n"),
        ("two hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
        ("two hosts in HTTP/1.0", "GET /hello HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"),
        ("host with a path", "GET /hello HTTP/1.1\r\nHost: x/y\r\n\r\n"),
        ("host with user information", "GET /hello HTTP/1.1\r\nHost: a@x\r\n\r\n"),
        ("host list", "GET /hello HTTP/1.1\r\nHost: x, y\r\n\r\n"),
        (
            "length and encoding",
            "POST /echo HTTP/1.1\r\n\(host)Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        (
            "encoding and length",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
        ),
        (
            "two lengths",
            "POST /echo HTTP/1.1\r\n\(host)Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
        ),
        (
            "the same length twice",
            "POST /echo HTTP/1.1\r\n\(host)Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"
        ),
        ("length list", "POST /echo HTTP/1.1\r\n\(host)Content-Length: 3, 3\r\n\r\nabc"),
        ("length with a sign", "POST /echo HTTP/1.1\r\n\(host)Content-Length: +3\r\n\r\nabc"),
        ("negative length", "POST /echo HTTP/1.1\r\n\(host)Content-Length: -3\r\n\r\nabc"),
        ("hexadecimal length", "POST /echo HTTP/1.1\r\n\(host)Content-Length: 0x3\r\n\r\nabc"),
        ("empty length", "POST /echo HTTP/1.1\r\n\(host)Content-Length: \r\n\r\nabc"),
        ("inner blank in length", "POST /echo HTTP/1.1\r\n\(host)Content-Length: 1 2\r\n\r\nabc"),
        (
            "length overflow",
            "POST /echo HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\nabc"
        ),
        (
            "encoding other than chunked",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
        ),
        ("identity", "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: identity\r\n\r\n"),
        (
            "chunked twice",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "two encodings",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "vertical tab in encoding",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "chunked in HTTP/1.0",
            "POST /echo HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "blank before the colon",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
        ),
        ("empty key", "POST /echo HTTP/1.1\r\n\(host)Idempotency-Key:\r\n\r\n"),
        ("quoted empty key", "POST /echo HTTP/1.1\r\n\(host)Idempotency-Key: \"\"\r\n\r\n"),
        (
            "two keys",
            "POST /echo HTTP/1.1\r\n\(host)Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n"
        ),
        ("folded field", "GET /hello HTTP/1.1\r\n\(host)X-One: 1\r\n 2\r\n\r\n"),
        ("fold at the first field", "GET /hello HTTP/1.1\r\n \(host)\r\n"),
        ("field without colon", "GET /hello HTTP/1.1\r\n\(host)nonsense\r\n\r\n"),
        ("empty field name", "GET /hello HTTP/1.1\r\n\(host): x\r\n\r\n"),
        ("blank in a field name", "GET /hello HTTP/1.1\r\n\(host)X One: 1\r\n\r\n"),
        ("control character in a value", "GET /hello HTTP/1.1\r\n\(host)X: a\u{01}b\r\n\r\n"),
        ("NUL in a value", "GET /hello HTTP/1.1\r\n\(host)X: a\u{00}b\r\n\r\n"),
        ("delete in a value", "GET /hello HTTP/1.1\r\n\(host)X: a\u{7F}b\r\n\r\n"),
        ("bare CR in a value", "GET /hello HTTP/1.1\r\n\(host)X: a\rb\r\n\r\n"),
        ("bare LF as line end", "GET /hello HTTP/1.1\n\(host)\r\n"),
        ("bare LF after a field", "GET /hello HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"),
        ("relative target", "GET hello HTTP/1.1\r\n\(host)\r\n"),
        ("star for GET", "GET * HTTP/1.1\r\n\(host)\r\n"),
        ("fragment", "GET /hello#a HTTP/1.1\r\n\(host)\r\n"),
        ("NUL escape in the target", "GET /hello%00 HTTP/1.1\r\n\(host)\r\n"),
        ("broken escape in the target", "GET /hello%2 HTTP/1.1\r\n\(host)\r\n"),
        ("letters beyond ASCII in the target", "GET /héllo HTTP/1.1\r\n\(host)\r\n"),
        ("other scheme", "GET ftp://x/hello HTTP/1.1\r\n\(host)\r\n"),
        ("no authority", "GET http:///hello HTTP/1.1\r\n\(host)\r\n"),
        ("unknown method", "BREW /hello HTTP/1.1\r\n\(host)\r\n"),
        ("lower-case method", "get /hello HTTP/1.1\r\n\(host)\r\n"),
        ("another protocol", "GET /hello HTCPCP/1.1\r\n\(host)\r\n"),
        ("TLS", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{FC}\u{03}\u{03}"),
        (
            "chunk size that is no number",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n"
        ),
        (
            "chunk size overflow",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n"
                + "fffffffffffffffff\r\nabc\r\n"
        ),
        (
            "chunk longer than it says",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"
        ),
        (
            "bare LF after a chunk size",
            "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"
        ),
    ]

    @Test(arguments: badRequests)
    func refusesAndCloses(_ request: (name: String, bytes: String)) async throws {
        try await refuses(request.bytes, with: [400], request.name)
    }

    static let otherRefusals: [(name: String, bytes: String, status: Int)] = [
        ("HTTP/2.0", "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("HTTP/0.9", "GET /hello HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        ("no version", "GET /hello\r\nHost: x\r\n\r\n", 505),
        ("tunnel", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("expectation", "GET /hello HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n", 417),
        ("line", "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("endless line", "GET /\(String(repeating: "a", count: 70_000))", 414),
        (
            "large field",
            "GET /hello HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n",
            431
        ),
        (
            "endless field",
            "GET /hello HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 70_000))", 431
        ),
        (
            "many blanks before a value",
            "GET /hello HTTP/1.1\r\nHost: x\r\nX:\(String(repeating: " ", count: 200_000))", 431
        ),
        (
            "large fields together",
            "GET /hello HTTP/1.1\r\nHost: x\r\n"
                + String(repeating: "X: \(String(repeating: "a", count: 999))\r\n", count: 17)
                + "\r\n", 431
        ),
        (
            "many fields",
            "GET /hello HTTP/1.1\r\nHost: x\r\n"
                + String(repeating: "X: 1\r\n", count: 101) + "\r\n", 431
        ),
    ]

    @Test(arguments: otherRefusals)
    func saysWhyItRefuses(_ request: (name: String, bytes: String, status: Int)) async throws {
        try await refuses(request.bytes, with: [request.status], request.name)
    }

    static let accepted = [
        "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://x/hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello?%41=a%2fb HTTP/1.1\r\nHost: x:80\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhOST:x\r\nX-Empty:\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX: t\u{09}ab \u{C3}\u{A9}\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 12_000))\r\n\r\n",
        "GET /hello?\(String(repeating: "a", count: 8_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
    ]

    @Test(arguments: accepted)
    func takesWhatIsUnusualButClear(_ request: String) async throws {
        try await TestListener.serving([TestListener.hello()]) { host in
            let client = try host.client()
            try client.send(request)
            #expect(try client.reply()?.status == 200)
        }
    }

    private func refuses(_ bytes: String, with statuses: [Int], _ name: String) async throws {
        try await TestListener.serving([TestListener.hello(), TestListener.echo()]) { host in
            let client = try host.client()
            try client.send(bytes)
            let reply = try client.reply()
            #expect(statuses.contains(reply?.status ?? 0), "\(name): \(reply?.head ?? "closed")")
            #expect(reply?["connection"] == "close", "\(name)")
            #expect(reply?["content-type"] == "application/problem+json", "\(name)")
            #expect(try client.rest() == "", "\(name)")
            #expect(host.invoker.invocations.withLock { $0.isEmpty }, "\(name)")
        }
    }
}
