import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// What every store promises of ticks whose runs end before anybody has asked for them.
@Suite(.serialized)
struct TickEndContractTests {
    /// Has room for so many of one commit.
    private final class Taker: ReadyTaker {
        private let taken = Mutex<[ClaimedInvocation]>([])
        let places: Int

        init(places: Int) { self.places = places }

        func lease(_ id: InvocationID) -> Lease? {
            taken.withLock { $0.first { $0.invocation.id == id }?.lease }
        }

        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            let allowance = ClaimAllowance(count: places, lease: .seconds(60))
            return ClaimRequest(holder: "host", limit: places, allowances: [.mail: allowance])
        }

        func ready(_ functions: Set<FunctionName>, _ report: TakenReady?) {
            taken.withLock { $0 += report?.report.claimed ?? [] }
        }
    }

    private let taker = Taker(places: 4)
    private let first = WallTime(seconds: 0)

    private func open(
        _ kind: StoreKind,
        _ names: [String] = ["shop.mail"]
    ) async throws
        -> StoreUnderTest
    {
        let test = try StoreUnderTest(kind)
        test.store.setTaker(taker)
        let changes = names.map { name in
            ScheduleChange(
                ScheduleEntry(name: name, function: .mail, declaration: "{}", at: first),
                expected: nil
            )
        }
        _ = try await test.store.decide(changes, bounds: QueueBounds())
        return test
    }

    /// A tick of a schedule, `second` seconds after the one before.
    private func change(_ name: String = "shop.mail", to second: Double) -> ScheduleChange {
        var entry = ScheduleEntry(name: name, function: .mail, declaration: "{}", at: first)
        entry.cursor = WallTime(seconds: second)
        var run = QueuedInvocation(function: .mail, trigger: .cron, body: ByteBuffer(string: "{}"))
        run.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: .mail, caller: "schedule", key: "\(name)@\(second)"),
            fingerprint: "\(second)",
            expires: WallTime(seconds: 2_000_000)
        )
        let tick = TickDecision(entry.cursor, .fired, run: run, overlap: .allow)
        return ScheduleChange(entry, expected: WallTime(seconds: second - 1), ticks: [tick])
    }

    /// Has a tick begin; its lease.
    private func begin(_ test: StoreUnderTest, _ change: ScheduleChange) async throws -> Lease {
        _ = try await test.store.decide([change], bounds: QueueBounds())
        return try #require(change.ticks[0].run.flatMap { taker.lease($0.id) })
    }

    private func settle(_ lease: Lease, _ end: Settlement.End = .succeeded) -> LeaseEnd {
        let body = ByteBuffer(string: "sent")
        let result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 200),
            body: body
        )
        return LeaseEnd(lease, .settle(Settlement(end, result: result)))
    }

    @Test(arguments: StoreKind.allCases)
    func keepsAllOfATickWhoseRunHasEnded(kind: StoreKind) async throws {
        let test = try await open(kind)
        let tick = change(to: 1)
        let lease = try await begin(test, tick)
        #expect(try await test.store.conclude([settle(lease)]) == [nil])
        let stored = try #require(try await test.store.stored(lease.id))
        #expect(stored.state == .succeeded && stored.attempts == 1)
        #expect(stored.result.map { String(buffer: $0.body) } == "sent")
        let listed = try await test.store.ticks(of: "shop.mail", before: nil, limit: 9)
        #expect(listed.map(\.invocation) == [lease.id])
        let schedule = try #require(try await test.store.schedules().first)
        #expect(schedule.cursor == WallTime(seconds: 1) && schedule.last == lease.id)
        #expect(try await test.store.depths()[.mail] == nil)
        let again = try #require(tick.ticks[0].run)
        let verdicts = try await test.store.enqueue(
            [again],
            bounds: QueueBounds(),
            allOrNone: false
        )
        #expect(verdicts == [.joined(lease.id)], "the tick's name is its key")
        #expect(try await test.store.conclude([settle(lease)]) == [.staleLease])
    }

    @Test(arguments: StoreKind.allCases)
    func aDeadLetterOfATickKeepsItsPayload(kind: StoreKind) async throws {
        let test = try await open(kind)
        let lease = try await begin(test, change(to: 1))
        _ = try await test.store.conclude([settle(lease, .dead(.permanent))])
        let letter = try #require(try await test.store.deadLetter(lease.id))
        #expect(letter.invocation.map { String(buffer: $0.body) } == "{}")
        #expect(try await test.store.depths()[.mail]?.dead == 1)
    }

    /// The later of two ends first, and the earlier isn't what its schedule stands at then.
    @Test(arguments: StoreKind.allCases)
    func aScheduleStaysAtItsLatestTickWhicheverEndsFirst(kind: StoreKind) async throws {
        let test = try await open(kind)
        let leases = [
            try await begin(test, change(to: 1)), try await begin(test, change(to: 2)),
        ]
        _ = try await test.store.conclude([settle(leases[1])])
        _ = try await test.store.conclude([settle(leases[0])])
        let schedule = try #require(try await test.store.schedules().first)
        #expect(schedule.cursor == WallTime(seconds: 2) && schedule.last == leases[1].id)
        let listed = try await test.store.ticks(of: "shop.mail", before: nil, limit: 9)
        #expect(listed.map(\.instant.seconds) == [2, 1])
        let third = try await begin(test, change(to: 3))
        #expect(try await test.store.stored(third.id)?.attempts == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsGivenBackRunsAgain(kind: StoreKind) async throws {
        let test = try await open(kind)
        let leases = [
            try await begin(test, change(to: 1)), try await begin(test, change(to: 2)),
        ]
        let ends = [LeaseEnd(leases[0], .release(Release())), settle(leases[1])]
        #expect(try await test.store.conclude(ends) == [nil, nil])
        #expect(try await test.state(leases[1].id) == .succeeded)
        let again = taker.lease(leases[0].id)
        #expect(again != nil)
        #expect(try await test.store.depths()[.mail] != nil)
    }

    /// A tick without a place is left, with nothing of it, and may begin later.
    @Test(arguments: StoreKind.allCases)
    func beginsWhatHasAPlaceAndLeavesTheRest(kind: StoreKind) async throws {
        let names = (1...6).map { "shop.mail.\($0)" }
        let test = try await open(kind, names)
        let changes = names.map { change($0, to: 1) }
        let verdicts = try await test.store.begin(changes)
        var left: [ScheduleChange] = []
        for (change, verdict) in zip(changes, verdicts) {
            let id = try #require(change.ticks[0].run?.id)
            switch verdict {
            case .made(let entry, let outcomes):
                #expect(outcomes == [TickOutcome(.fired)] && entry.last == id)
                #expect(try await test.state(id) != .waiting(notBefore: nil))
            case .early:
                left.append(change)
                #expect(taker.lease(id) == nil)
                #expect(try await test.store.stored(id) == nil)
            case .stale: Issue.record("it is where it was")
            }
        }
        #expect(left.count == (kind == .memory ? 6 : 2))
        let decided = try await test.store.decide(left, bounds: QueueBounds())
        #expect(decided.count { if case .made = $0 { true } else { false } } == left.count)
        let ticks = try await test.store.ticks(of: names[5], before: nil, limit: 9)
        #expect(ticks.map(\.fate) == [.fired])
    }
}
