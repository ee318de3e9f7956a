import FunctionModel
import NIOCore
import Synchronization
import Testing

struct QueueCallTests {
    private let bench = ServiceBench()

    private func queued() throws -> QueuedInvocation {
        try #require(bench.desk.queued.withLock { $0.last })
    }

    @Test func aQueuedCallIsAnsweredWithItsIdOnceTheStoreHasIt() async throws {
        let answer = await bench.ask(.enqueue, "bill", "{}", depth: 3)
        #expect(answer.status == 202)
        let id = try #require(InvocationID(String(buffer: answer.payload)))
        let queued = try queued()
        #expect(queued.id == id)
        #expect(queued.function == ServiceBench.bill)
        #expect(queued.body == ByteBuffer(string: "{}"))
        #expect(queued.contentType == "application/json")
        #expect(queued.depth == 4)
        #expect(queued.delivery.maximumAttempts == 7, "the called function's own delivery")
        #expect(try await bench.store.stored(id) != nil)
    }

    @Test func theCallersWishesGoBeforeTheFunctionsOwn() async throws {
        _ = await bench.ask(
            .enqueue,
            "bill",
            "{}",
            [
                .delay: "5000000000", .expiry: "9000000000", .orderingKey: "o", .priority: "-3",
                .attempts: "1",
            ]
        )
        let delivery = try queued().delivery
        #expect(delivery.notBefore == bench.clock.now + .seconds(5))
        #expect(delivery.deadline == bench.clock.now + .seconds(9))
        #expect(delivery.orderingKey == "o")
        #expect(delivery.priority == -3)
        #expect(delivery.maximumAttempts == 1)
    }

    @Test func aLongDelayDoesNotMakeItTooOldToStart() async throws {
        _ = await bench.ask(.enqueue, "bill", "", [.delay: "\(86_400 * 1_000_000_000)"])
        #expect(try queued().delivery.maximumAge > .seconds(86_400))
    }

    @Test func aKeyIsAcceptedOnceForEachCaller() async throws {
        let key: [HostOption: String] = [.idempotencyKey: "k"]
        let first = await bench.ask(.enqueue, "bill", "1", key)
        let again = await bench.ask(.enqueue, "bill", "1", key)
        #expect(first.payload == again.payload)
        #expect(await bench.ask(.enqueue, "bill", "2", key).status == 422)
        let other = await bench.ask(.enqueue, "bill", "2", key, from: ServiceBench.bill)
        #expect(other.status == 202)
        #expect(other.payload != first.payload)
    }

    struct Row: Sendable {
        var name = "bill"
        var options: [HostOption: String] = [:]
        var depth = 0
        var status: Int
    }

    @Test(arguments: [
        Row(name: "nobody", status: 404),
        Row(depth: 15, status: 202),
        Row(depth: 16, status: 508),
        Row(options: [.priority: "1001"], status: 400),
        Row(options: [.attempts: "101"], status: 400),
        Row(options: [.attempts: "many"], status: 400),
        Row(options: [.delay: "-1"], status: 400),
        Row(options: [.delay: "\(Int64.max)"], status: 400),
    ])
    func refusesWhatBreaksARule(row: Row) async {
        let answer = await bench.ask(.enqueue, row.name, "", row.options, depth: row.depth)
        #expect(answer.status == row.status, "\(String(buffer: answer.payload))")
    }

    @Test func aFullQueueIsSaidSo() async {
        bench.desk.verdict.withLock { $0 = .queueFull }
        #expect(await bench.ask(.enqueue, "bill").status == 429)
    }
}
