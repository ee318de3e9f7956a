import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite("A batch of invocations")
struct BatchTests {
    private static let other = InvocationID()

    private static func function() throws -> FakeFunction {
        try TestListener.echo("/functions/echo")
    }

    private func post(_ body: String, _ length: Int? = nil) -> String {
        "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: \(length ?? body.utf8.count)\r\n\r\n"
            + body
    }

    private static let two =
        #"{"invocations":[{"function":"echo","text":"a"},{"function":"echo","text":"b"}]}"#

    @Test func isQueuedWholeInItsOrder() async throws {
        let desk = FakeDesk()
        try await TestListener.serving([try Self.function(), try TestListener.echo()], desk: desk) {
            host in
            let client = try host.client()
            try client.send(post(Self.two))
            let reply = try #require(try client.reply())
            #expect(reply.status == 202, "\(reply.text)")
            let taken = desk.submitted.withLock { $0 }
            #expect(taken.map { String(buffer: $0.invocation.body) } == ["a", "b"])
            let places = taken.map { "\"location\":\"/invocations/\($0.invocation.id)\"" }
            for place in places { #expect(reply.text.contains(place), "\(reply.text)") }
            // The connection goes on.
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nnow")
            #expect(try client.reply()?.status == 200)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var desk: @Sendable () -> FakeDesk
        var body = BatchTests.two
        var status: Int
        var says: String
        var testDescription: String { "\(status) \(says)" }
    }

    static let rows = [
        Row(desk: { FakeDesk(.success(.joined(other))) }, status: 202, says: other.description),
        Row(desk: { FakeDesk(.success(.queueFull)) }, status: 429, says: "queueFull"),
        Row(desk: { FakeDesk(.success(.withheld)) }, status: 429, says: "queueFull"),
        Row(desk: { FakeDesk(.success(.mismatch(other))) }, status: 422, says: "invocations[0]"),
        Row(desk: { FakeDesk(.failure(.unavailable("full"))) }, status: 503, says: "full"),
        Row(
            desk: { FakeDesk(refusal: DeliveryProblem("not there")) },
            status: 400,
            says: "invocations[1]: not there"
        ),
        Row(desk: { FakeDesk() }, body: "x", status: 400, says: "bad-batch"),
        Row(
            desk: { FakeDesk() },
            body: #"{"invocations":[{"function":"nobody"}]}"#,
            status: 404,
            says: "nobody"
        ),
    ]

    @Test(arguments: rows)
    func isRefusedInWords(row: Row) async throws {
        try await TestListener.serving(
            [try Self.function(), try TestListener.echo()],
            desk: row.desk()
        ) { host in
            let client = try host.client()
            try client.send(post(row.body))
            let reply = try #require(try client.reply())
            #expect(reply.status == row.status)
            #expect(reply.text.contains(row.says), "\(reply.text)")
        }
    }

    @Test func isBoundedAndTakesNoOtherMethod() async throws {
        try await TestListener.serving(
            [try Self.function(), try TestListener.echo()],
            desk: FakeDesk()
        ) { host in
            let client = try host.client()
            try client.send("GET /invocations HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.status == 405)
            try client.send(post("", 6 << 20 + 1))
            #expect(try client.reply()?.status == 413)
        }
    }

    @Test func isNothingWithoutAQueue() async throws {
        try await TestListener.serving([try Self.function(), try TestListener.echo()]) { host in
            let client = try host.client()
            try client.send(post(Self.two))
            #expect(try client.reply()?.status == 404)
        }
    }
}
