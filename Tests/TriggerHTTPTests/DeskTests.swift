import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct DeskTests {
    private static let later = "POST /echo HTTP/1.1\r\nHost: x\r\nPrefer: respond-async\r\n"
    private static let other = InvocationID()

    private static let joined = Result<EnqueueVerdict, StoreError>.success(.joined(other))

    struct Row: Sendable, CustomTestStringConvertible {
        var verdict: Result<EnqueueVerdict, StoreError>
        var status: Int
        var says: String
        var testDescription: String { "\(verdict) gives \(status)" }
    }

    static let rows = [
        Row(verdict: .success(.accepted), status: 202, says: #""state":"waiting""#),
        Row(verdict: .success(.joined(other)), status: 202, says: other.description),
        Row(verdict: .success(.mismatch(other)), status: 422, says: "idempotency-key-reused"),
        Row(verdict: .success(.queueFull), status: 429, says: "queueFull"),
        Row(verdict: .failure(.unavailable("disk full")), status: 503, says: "disk full"),
        Row(verdict: .failure(.tooLarge("the payload")), status: 413, says: "the payload"),
    ]

    @Test(arguments: rows)
    func aVerdictHasItsStatus(row: Row) async throws {
        try await TestListener.serving([try TestListener.echo()], desk: FakeDesk(row.verdict)) {
            host in
            let client = try host.client()
            try client.send(Self.later + "Content-Length: 2\r\n\r\nhi")
            let reply = try #require(try client.reply())
            #expect(reply.status == row.status)
            #expect(reply.text.contains(row.says), "\(reply.text)")
            // Only whoever has made the same request may learn the other's id.
            #expect(reply.text.contains(Self.other.description) == (row.verdict == Self.joined))
            // Whatever the store says, whoever waits for a function is served.
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nnow")
            #expect(try client.reply()?.status == 200)
        }
    }

    @Test func theRequestIsQueuedWholeWithItsKey() async throws {
        let desk = FakeDesk()
        try await TestListener.serving([try TestListener.echo()], desk: desk) { host in
            let client = try host.client()
            let fields = "Idempotency-Key: k\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
            try client.send(Self.later + fields + "\r\nhi")
            let reply = try #require(try client.reply())
            let first = try #require(desk.submitted.withLock { $0.first })
            let invocation = first.invocation
            #expect(first.key == "k")
            #expect(first.wishes == DeliveryWishes())
            #expect(invocation.body == ByteBuffer(string: "hi"))
            #expect(invocation.contentType == "text/plain")
            #expect(invocation.http?.path == "/echo")
            #expect(reply["location"] == "/invocations/\(invocation.id)")
            #expect(reply["roost-invocation-id"] == invocation.id.description)
            #expect(host.invoker.invocations.withLock { $0.count } == 0)
        }
    }

    @Test func aQuestionIsAnsweredOrRefused() async throws {
        var stored = StoredInvocation(
            id: Self.other,
            function: try FunctionName("test.echo"),
            state: .dead(.permanent),
            attempts: 2,
            received: WallTime(seconds: 1)
        )
        stored.ended = WallTime(seconds: 2)
        let desk = FakeDesk(known: .success(stored))
        try await TestListener.serving([try TestListener.echo()], desk: desk) { host in
            let client = try host.client()
            let path = "/invocations/\(Self.other)"
            try client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nPrefer: wait=600\r\n\r\n")
            let reply = try #require(try client.reply())
            #expect(reply.status == 200)
            #expect(reply.text.contains(#""reason":"permanent""#), "\(reply.text)")
            #expect(reply.text.contains(#""state":"dead""#))
            let waits = desk.waits.withLock { $0 }
            #expect(waits == [.seconds(60)])
            try client.send("GET /invocations/x HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.status == 404)
            try client.send("PATCH \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.status == 405)
        }
    }

    @Test(arguments: [
        (CancelVerdict.cancelled, 200, "cancelled"), (.ended, 409, "already-ended"),
        (.unknown, 404, "not-found"),
        (.running(Lease(id: other, token: 1, expires: .never)), 202, "running"),
    ])
    func aCancellationSaysWhatItMet(verdict: CancelVerdict, status: Int, says: String) async throws
    {
        let desk = FakeDesk(cancel: verdict)
        try await TestListener.serving([try TestListener.echo()], desk: desk) { host in
            let client = try host.client()
            try client.send("DELETE /invocations/\(Self.other) HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try #require(try client.reply())
            #expect(reply.status == status)
            #expect(reply.text.contains(says), "\(reply.text)")
        }
    }

    @Test func wishesComeWithTheRequestOrAreRefused() async throws {
        let desk = FakeDesk()
        try await TestListener.serving([try TestListener.echo()], desk: desk) { host in
            let client = try host.client()
            try client.send(Self.later + "Roost-Delay: 5s\r\nRoost-Priority: 2\r\n\r\n")
            #expect(try client.reply()?.status == 202)
            let wishes = desk.submitted.withLock { $0.first?.wishes }
            #expect(wishes?.delay == .seconds(5))
            #expect(wishes?.priority == 2)
            for bad in ["Roost-Delay: soon", "Roost-On-Success: function:a.b", "Roost-Dealy: 1s"] {
                try client.send(Self.later + bad + "\r\n\r\n")
                let reply = try #require(try client.reply())
                #expect(reply.status == 400)
                #expect(reply.text.contains("urn:roost:problem:bad-delivery"), "\(reply.text)")
            }
            #expect(desk.submitted.withLock { $0.count } == 1)
        }
    }

    @Test func aWaitIsAnsweredByTheEndOrByThePlaceToAsk() async throws {
        var stored = StoredInvocation(
            id: Self.other,
            function: try FunctionName("test.echo"),
            state: .succeeded,
            attempts: 1,
            received: WallTime(seconds: 1)
        )
        stored.result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 201, contentType: "text/plain"),
            body: ByteBuffer(string: "done")
        )
        let wait = "POST /echo HTTP/1.1\r\nHost: x\r\nPrefer: respond-async, wait=9\r\n\r\n"
        let desk = FakeDesk(known: .success(stored))
        try await TestListener.serving([try TestListener.echo()], desk: desk) { host in
            let client = try host.client()
            try client.send(wait)
            let reply = try #require(try client.reply())
            #expect(reply.status == 201)
            #expect(reply.text.hasSuffix("done"))
            #expect(desk.waits.withLock { $0 } == [.seconds(9)])
        }
        stored.state = .waiting(notBefore: nil)
        try await TestListener.serving(
            [try TestListener.echo()],
            desk: FakeDesk(known: .success(stored))
        ) { host in
            let client = try host.client()
            try client.send(wait)
            #expect(try client.reply()?.status == 202)
        }
        // What can't be read is accepted all the same.
        let blind = FakeDesk(known: .failure(.unavailable("full")))
        try await TestListener.serving([try TestListener.echo()], desk: blind) { host in
            let client = try host.client()
            try client.send(wait)
            #expect(try client.reply()?.status == 202)
        }
    }

    @Test func preferencesAreReadAsWritten() {
        func read(_ values: String...) -> Preferences {
            var preferences = Preferences()
            for value in values { preferences.add(value) }
            return preferences
        }
        #expect(read("respond-async").respondsAsync)
        #expect(read("Respond-Async; foo=bar, wait=5").wait == 5)
        #expect(read("wait=\"7\"", "respond-async") == read("respond-async,wait=7"))
        #expect(read("wait=3, wait=9").wait == 3)
        #expect(read("wait=100000").wait == Preferences.longestWait)
        #expect(read("wait=-1").wait == nil)
        #expect(read("respond-asynchronously, return=minimal") == Preferences())
    }
}
