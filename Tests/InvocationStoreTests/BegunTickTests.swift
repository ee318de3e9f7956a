import FunctionModel
import GRDB
import NIOCore
import Testing

@testable import InvocationStore

/// Ticks that had begun when the host ended, before they were put in their places.
struct BegunTickTests {
    /// Has room for one.
    private struct Taker: ReadyTaker {
        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            let allowance = ClaimAllowance(count: 1, lease: .seconds(60))
            return ClaimRequest(holder: "host", allowances: [.mail: allowance])
        }

        func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {}
    }

    private let now = WallTime(seconds: 1_000_000)

    private func open(_ path: String) throws -> SQLiteStore {
        let now = now
        return try SQLiteStore(path: path, now: { now })
    }

    private var run: QueuedInvocation {
        var run = QueuedInvocation(
            function: .mail,
            trigger: .cron,
            body: ByteBuffer(string: "body")
        )
        run.delivery.orderingKey = "schedule:shop.mail"
        run.delivery.onFailure = .event(type: "failed")
        run.contentType = "application/json"
        run.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: .mail, caller: "schedule", key: "shop.mail@1"),
            fingerprint: "shop.mail@1",
            expires: now + .seconds(86_400)
        )
        return run
    }

    /// A file as a host leaves it that ends between a tick's commit and the next one.
    private func leaveBehind(_ path: String, _ run: QueuedInvocation) async throws {
        let store = try open(path)
        var entry = ScheduleEntry(
            name: "shop.mail",
            function: .mail,
            declaration: "{}",
            at: WallTime(seconds: 0)
        )
        _ = try await store.decide([ScheduleChange(entry, expected: nil)], bounds: QueueBounds())
        entry.cursor = WallTime(seconds: 1)
        let tick = TickDecision(WallTime(seconds: 1), .fired, run: run, overlap: .forbid)
        let change = ScheduleChange(entry, expected: WallTime(seconds: 0), ticks: [tick])
        // A transaction of its own: nothing follows that would put the tick in its places.
        let claimed = try await store.pool.write { database in
            var session = Session(database: database, now: now, books: try Books(database))
            session.taker = Taker()
            _ = try session.decide([change], bounds: QueueBounds())
            return session.taken?.report.claimed.map(\.invocation.id)
        }
        try #require(claimed == [run.id])
        let rows = try await store.pool.read { database in
            try ["begun", "entries"].map { try database.number("select count(*) from \($0)") }
        }
        #expect(rows == [1, 0])
        try store.pool.close()
    }

    @Test func arePutInTheirPlacesAtTheNextStart() async throws {
        let scratch = try Scratch()
        let run = run
        try await leaveBehind(scratch.file, run)
        let store = try open(scratch.file)
        #expect(store.findings.isEmpty)
        #expect(try await store.stored(run.id)?.attempts == 1)
        let tick = try await store.ticks(of: "shop.mail", before: nil, limit: 9)
        #expect(tick.map(\.invocation) == [run.id])
        let schedule = try #require(try await store.schedules().first)
        #expect(schedule.cursor == WallTime(seconds: 1) && schedule.last == run.id)
        #expect(try await store.recover(holder: "host") == 1)
        let request = ClaimRequest(
            holder: "host",
            allowances: [.mail: ClaimAllowance(count: 1, lease: .seconds(60))]
        )
        let claimed = try await store.claim(request).claimed
        #expect(claimed.map(\.attempt) == [2])
        var wanted = run
        wanted.idempotency = nil
        wanted.delivery.maximumAttempts += 1
        #expect(claimed.first?.invocation == wanted)
        let verdicts = try await store.enqueue([self.run], bounds: QueueBounds(), allOrNone: false)
        #expect(verdicts == [.joined(run.id)], "the tick's name is its key")
        #expect(try await store.damage(pauses: 0).isEmpty)
        try await store.close()
    }

    /// The host that has the file remembers them, and would put them in their places once more.
    @Test func aLookBesideTheHostLeavesThemWhereTheyAre() async throws {
        let scratch = try Scratch()
        let run = run
        try await leaveBehind(scratch.file, run)
        let now = now
        let look = try SQLiteStore(reading: scratch.file) { now }
        #expect(try await look.damage(pauses: 0).isEmpty)
        #expect(try await look.pool.read { try $0.number("select count(*) from begun") } == 1)
        await #expect(throws: StoreError.self) {
            try await look.enqueue([run], bounds: QueueBounds(), allOrNone: false)
        }
        try await look.close()
        let store = try open(scratch.file)
        #expect(try await store.stored(run.id)?.attempts == 1)
        try await store.close()
    }

    @Test func oneThatIsDamagedIsToldAndItsScheduleStaysBehind() async throws {
        let scratch = try Scratch()
        let run = run
        try await leaveBehind(scratch.file, run)
        let file = try DatabaseQueue(path: scratch.file)
        try await file.write { try $0.execute(sql: "update begun set bytes = x'00' || bytes") }
        try file.close()
        let now = now
        let look = try SQLiteStore(reading: scratch.file) { now }
        #expect(try await look.damage(pauses: 0) == ["1 ticks that had begun are damaged"])
        try await look.close()
        let store = try open(scratch.file)
        #expect(store.findings.count == 1)
        #expect(try await store.stored(run.id) == nil)
        #expect(try await store.schedules().first?.cursor == WallTime(seconds: 0))
        #expect(try await store.damage(pauses: 0).isEmpty)
        try await store.close()
        let again = try open(scratch.file)
        #expect(again.findings.isEmpty)
        try await again.close()
    }
}
