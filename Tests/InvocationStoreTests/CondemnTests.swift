import FunctionModel
import GRDB
import NIOCore
import Testing

@testable import InvocationStore

/// Damage is given up as such, once, and never passes for a value afterwards.
@Suite(.serialized)
struct CondemnTests {
    private let clock = ManualClock()
    private let scratch: Scratch
    private let store: SQLiteStore

    init() throws {
        let (clock, scratch) = (clock, try Scratch())
        self.scratch = scratch
        store = try SQLiteStore(path: scratch.file) { clock.now }
    }

    private func accept(key: String? = nil) async throws -> InvocationID {
        var one = QueuedInvocation(function: .mail, body: ByteBuffer(string: "payload"))
        one.delivery.orderingKey = key
        let verdicts = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        try #require(verdicts == [.accepted])
        return one.id
    }

    private func claim() async throws -> ClaimReport {
        let allowances = [FunctionName.mail: ClaimAllowance(count: 9, lease: .seconds(30))]
        return try await store.claim(ClaimRequest(holder: "host", allowances: allowances))
    }

    private func change(_ sql: String, _ id: InvocationID) async throws {
        try await store.pool.write { database in
            try database.execute(sql: sql, arguments: [id.data])
            try #require(database.changesCount == 1)
        }
    }

    @Test func aPayloadThatIsDamagedWhileAStepRunsEndsIt() async throws {
        let id = try await accept()
        let lease = try #require(await claim().claimed.first).lease
        try await change(
            "update payloads set depth = 9 where sequence = "
                + "(select sequence from entries where id = ?)",
            id
        )
        var release = Release()
        release.step = SequenceStep(
            body: ByteBuffer(string: "out"),
            contentType: "",
            progress: SequenceProgress(remaining: [.bill], used: 1, attempts: 2)
        )
        let end = LeaseEnd(lease, .release(release))
        #expect(try await store.conclude([end]) == [nil])
        #expect(try await store.stored(id)?.state == .dead(.corrupt))
        #expect(try await store.conclude([end]) == [.staleLease])
        try await store.close()
    }

    @Test func whatIsDamagedWhileItRunsEndsWithIt() async throws {
        let id = try await accept()
        let lease = try #require(await claim().claimed.first).lease
        try await change("update entries set priority = 7 where id = ?", id)
        #expect(try await store.conclude([LeaseEnd(lease, .settle(.succeeded()))]) == [nil])
        let letters = try await store.deadLetters(function: .mail, after: nil, limit: 9).elements
        #expect(letters.map(\.id) == [id])
        #expect(letters.map(\.reason) == [.corrupt])
        try await store.close()
    }

    @Test func aDamagedOneIsNotLetGoButTheNextOfItsKeyIs() async throws {
        _ = try await accept(key: "k")
        let damaged = try await accept(key: "k")
        let next = try await accept(key: "k")
        let first = try #require(await claim().claimed.first)
        try await change("update entries set attemptLimit = 99 where id = ?", damaged)
        try await store.settle(first.lease, .succeeded())
        let claimed = try await claim().claimed
        #expect(claimed.map(\.invocation.id) == [next])
        let letters = try await store.deadLetters(function: nil, after: nil, limit: 9).elements
        #expect(letters.map(\.id) == [damaged])
        try await store.close()
    }

    @Test func whatWasCondemnedStaysDamagedAndWhereItIs() async throws {
        let id = try await accept()
        try await change("update entries set attemptLimit = 99 where id = ?", id)
        #expect(try await claim().dead == [id: .corrupt])
        #expect(try await !store.damage().isEmpty, "no seal has been put over the damage")
        #expect(try await store.redrive(.all, Redrive()) == 0)
        #expect(try await store.depths() == [.mail: QueueDepth(dead: 1)])
        #expect(try await store.purge(.all, limit: 9) == 1)
        #expect(try await store.depths().isEmpty)
        try await store.close()
    }
}
