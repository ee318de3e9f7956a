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

    private func post(_ body: String, _ length: Int? = nil, _ fields: String = "") -> String {
        "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: \(length ?? body.utf8.count)\r\n"
            + fields + "\r\n" + body
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
            #expect(row.status != 422 || !reply.text.contains(Self.other.description))
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

    @Test func itsKeysBelongToTheCaller() async throws {
        let desk = FakeDesk()
        try await TestListener.serving([try Self.function()], desk: desk) { host in
            let client = try host.client()
            let body = #"{"invocations":[{"function":"echo","idempotencyKey":"k"}]}"#
            for credentials in ["", "Authorization: Bearer a\r\n", "Authorization: Bearer b\r\n"] {
                try client.send(post(body, nil, credentials))
                #expect(try client.reply()?.status == 202)
            }
            let callers = desk.submitted.withLock { $0.map(\.caller) }
            #expect(Set(callers).count == 3)
            #expect(callers.allSatisfy { $0.hasPrefix("http") })
        }
    }

    @Test func waitsForItsTurnAtTheDoor() async throws {
        var limits = ListenerLimits()
        limits.batches = 0
        try await TestListener.serving([try Self.function()], limits: limits, desk: FakeDesk()) {
            host in
            let client = try host.client()
            try client.send(post(Self.two))
            let reply = try #require(try client.reply())
            #expect(reply.status == 503)
            #expect(reply["retry-after"] == "1")
            #expect(reply.text.contains("too-many-batches"), "\(reply.text)")
        }
    }

    @Test func holdsItsPlaceAndItsRoomAlsoWhenItsClientLeaves() async throws {
        var limits = ListenerLimits()
        limits.batches = 1
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let desk = FakeDesk(gate: gate)
        try await TestListener.serving([try Self.function()], limits: limits, desk: desk) { host in
            let first = try host.client()
            try first.send(post(Self.two))
            try await eventually { desk.submitted.withLock { $0.count == 2 } }
            first.close()
            try await eventually { host.listener.connections == 0 }
            #expect(host.listener.heldBodyBytes == Self.two.utf8.count)
            let second = try host.client()
            try second.send(post(Self.two))
            #expect(try second.reply()?.status == 503)
            open.finish()
            try await eventually { host.listener.heldBodyBytes == 0 }
            try second.send(post(Self.two))
            #expect(try second.reply()?.status == 202)
        }
    }

    @Test func isNotReadWhenNobodyWaitsForIt() async throws {
        let door = BatchDoor(limit: 1)
        #expect(door.enter())
        #expect(!door.enter())
        door.leave()
        #expect(door.enter())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await door.read(ByteBuffer(string: "no JSON"), caller: "") { _ in nil }
        }
        #expect(try await task.value == nil)
    }

    @Test func isNothingWithoutAQueue() async throws {
        try await TestListener.serving([try Self.function(), try TestListener.echo()]) { host in
            let client = try host.client()
            try client.send(post(Self.two))
            #expect(try client.reply()?.status == 404)
        }
    }
}
