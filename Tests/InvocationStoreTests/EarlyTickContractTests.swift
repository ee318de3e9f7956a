import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// What every store promises of ticks that are decided before their time.
@Suite(.serialized)
struct EarlyTickContractTests {
    /// Has room for some, and holds what is to begin later.
    private final class Taker: ReadyTaker {
        private let taken = Mutex<[ClaimedInvocation]>([])
        let mayHold: Bool

        init(mayHold: Bool = true) { self.mayHold = mayHold }

        var claimed: [ClaimedInvocation] { taken.withLock { $0 } }

        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            let allowance = ClaimAllowance(count: 4, lease: .seconds(60))
            var request = ClaimRequest(holder: "host", allowances: [.mail: allowance])
            request.mayHold = mayHold
            return request
        }

        func ready(_ functions: Set<FunctionName>, _ report: TakenReady?) {
            taken.withLock { $0 += report?.report.claimed ?? [] }
        }
    }

    private func change(
        _ test: StoreUnderTest,
        from second: Double,
        by step: Duration,
        overlap: TickDecision.Overlap = .forbid
    ) -> ScheduleChange {
        var entry = ScheduleEntry(
            name: "shop.mail",
            function: .mail,
            declaration: "{}",
            at: WallTime(seconds: 0)
        )
        var run = QueuedInvocation(function: .mail, trigger: .cron, body: ByteBuffer(string: "{}"))
        run.delivery.orderingKey = "schedule:shop.mail"
        let expected = WallTime(seconds: second)
        entry.cursor = test.clock.now + step
        var tick = TickDecision(entry.cursor, .fired, run: run, overlap: overlap)
        tick.start = entry.cursor
        return ScheduleChange(entry, expected: expected, ticks: [tick])
    }

    private func begun(_ kind: StoreKind, _ taker: Taker) async throws -> StoreUnderTest {
        let test = try StoreUnderTest(kind)
        test.store.setTaker(taker)
        let entry = ScheduleEntry(
            name: "shop.mail",
            function: .mail,
            declaration: "{}",
            at: WallTime(seconds: 0)
        )
        let changes = [ScheduleChange(entry, expected: nil)]
        _ = try await test.store.decide(changes, bounds: QueueBounds())
        return test
    }

    private func decide(
        _ test: StoreUnderTest,
        _ change: ScheduleChange
    ) async throws -> ScheduleVerdict? {
        let prepared = test.store.prepare([change])
        return try await test.store.decide(prepared, bounds: QueueBounds()).first
    }

    /// Nothing of the tick is there.
    private func expectNothing(_ test: StoreUnderTest, _ taker: Taker) async throws {
        #expect(taker.claimed.isEmpty)
        #expect(try await test.store.schedules().first?.cursor == WallTime(seconds: 0))
        #expect(try await test.store.ticks(of: "shop.mail", before: nil, limit: 9).isEmpty)
        #expect(try await test.store.depths()[.mail] == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func setsATickUpAsItWillBeOrLeavesItAlone(kind: StoreKind) async throws {
        let taker = Taker()
        let test = try await begun(kind, taker)
        let change = change(test, from: 0, by: .milliseconds(50))
        let start = test.clock.now + .milliseconds(50)
        switch try await decide(test, change) {
        case .early: try await expectNothing(test, taker)
        case .made(_, let outcomes):
            #expect(outcomes == [TickOutcome(.fired)])
            let claim = try #require(taker.claimed.first)
            #expect(claim.start == start && claim.received == start)
            #expect(claim.lease.expires == start + .seconds(60))
            let tick = try await test.store.ticks(of: "shop.mail", before: nil, limit: 9).first
            #expect(tick?.decided == start)
            test.clock.advance(.milliseconds(50))
            let again = try await decide(test, change)
            guard case .stale(let entry) = again else {
                Issue.record("decided twice: \(String(describing: again))")
                return
            }
            #expect(entry?.cursor == start)
        default: Issue.record("neither set up nor early")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func decidesAtItsTimeWhatWasEarly(kind: StoreKind) async throws {
        let taker = Taker(mayHold: false)
        let test = try await begun(kind, taker)
        let change = change(test, from: 0, by: .milliseconds(50))
        guard case .early = try await decide(test, change) else {
            Issue.record("nobody may hold it")
            return
        }
        try await expectNothing(test, taker)
        test.clock.advance(.milliseconds(50))
        guard case .made(_, [TickOutcome(.fired)]) = try await decide(test, change) else {
            Issue.record("it is due")
            return
        }
        #expect(taker.claimed.map(\.start) == [nil])
    }

    @Test(arguments: StoreKind.allCases)
    func nothingIsSetUpLongBefore(kind: StoreKind) async throws {
        let taker = Taker()
        let test = try await begun(kind, taker)
        guard case .early = try await decide(test, change(test, from: 0, by: .seconds(3_600)))
        else {
            Issue.record("the clock was set back meanwhile")
            return
        }
        try await expectNothing(test, taker)
    }

    @Test(arguments: [StoreKind.sqlite])
    func beginsNotBeforeItsTimeAlsoAfterItsHolderDied(kind: StoreKind) async throws {
        let taker = Taker()
        let test = try await begun(kind, taker)
        _ = try await decide(test, change(test, from: 0, by: .milliseconds(50)))
        let claim = try #require(taker.claimed.first)
        let start = try #require(claim.start)
        #expect(try await test.store.recover(holder: "host") == 1)
        #expect(try await test.state(claim.invocation.id) == .waiting(notBefore: start))
        #expect(try await test.claim(.mail).claimed.isEmpty)
        test.clock.advance(.milliseconds(50))
        #expect(try await test.claimOne(.mail).attempt == 2)
    }

    @Test(arguments: [StoreKind.sqlite], [TickDecision.Overlap.forbid, .allow, .replace])
    func whatElseIsRunMeanwhileHeedsIt(
        kind: StoreKind,
        overlap: TickDecision.Overlap
    ) async throws {
        let taker = Taker()
        let test = try await begun(kind, taker)
        let early = change(test, from: 0, by: .milliseconds(50))
        _ = try await decide(test, early)
        let claim = try #require(taker.claimed.first)
        var manual = change(test, from: 0, by: .zero, overlap: overlap)
        manual.entry.cursor = early.entry.cursor
        manual.expected = early.entry.cursor
        manual.ticks[0].isManual = true
        manual.ticks[0].start = nil
        guard case .made(_, let outcomes) = try await decide(test, manual) else {
            Issue.record("it is stale")
            return
        }
        switch overlap {
        case .forbid: #expect(outcomes == [TickOutcome(.overlapSkipped)])
        // Of one ordering key: it waits for the tick's run.
        case .allow: #expect(try await test.claim(.mail).claimed.isEmpty)
        case .replace:
            #expect(outcomes == [TickOutcome(.fired, replaced: claim.invocation.id)])
        }
    }

    @Test(arguments: [StoreKind.sqlite])
    func aTickThatIsSetUpKeepsItsFateWhenItsScheduleIsEdited(kind: StoreKind) async throws {
        let taker = Taker()
        let test = try await begun(kind, taker)
        let early = change(test, from: 0, by: .milliseconds(50))
        _ = try await decide(test, early)
        // It begins anew before the tick, and has one at the same instant.
        var edited = early.entry
        edited.declaration = "{\"edited\":1}"
        edited.cursor = test.clock.now
        let comes = ScheduleChange(edited, expected: early.entry.cursor)
        guard case .made = try await decide(test, comes) else {
            Issue.record("the edit is stale")
            return
        }
        var again = early
        again.entry.declaration = edited.declaration
        again.expected = edited.cursor
        test.clock.advance(.milliseconds(50))
        guard case .made(_, let outcomes) = try await decide(test, again) else {
            Issue.record("the tick is stale")
            return
        }
        #expect(outcomes == [TickOutcome(.fired, isKnown: true)])
        #expect(taker.claimed.count == 1)
    }
}
