import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// What every store promises of ticks that are claimed in the commit that fires them.
@Suite(.serialized)
struct TickClaimContractTests {
    /// Takes what it is told there is room for.
    private final class Taker: ReadyTaker {
        private struct State {
            var room: ClaimRequest?
            var claimed: [ClaimedInvocation] = []
            var unseen: Set<FunctionName> = []
        }

        private let state = Mutex(State())

        var claimed: [ClaimedInvocation] { state.withLock { $0.claimed } }
        /// Functions of which something is ready that no claim has looked for.
        var unseen: Set<FunctionName> { state.withLock { $0.unseen } }

        func offer(_ room: ClaimRequest?) { state.withLock { $0 = State(room: room) } }

        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            state.withLock { $0.room }
        }

        func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {
            state.withLock { state in
                state.claimed += taken?.report.claimed ?? []
                if taken?.isOfAll != true { state.unseen.formUnion(functions) }
            }
        }
    }

    /// What became of a tick.
    private struct Fired {
        var outcome: TickOutcome
        var claim: ClaimedInvocation?
    }

    private let taker = Taker()
    private let holder = "host"

    private func instant(_ seconds: Double) -> WallTime { WallTime(seconds: seconds) }

    private func run(_ name: String, key: Bool = true) -> QueuedInvocation {
        var run = QueuedInvocation(
            function: .mail,
            trigger: .cron,
            body: ByteBuffer(string: "{\"id\":\"\(name)\"}")
        )
        run.contentType = "application/json"
        run.delivery.priority = 3
        run.delivery.timeout = .seconds(7)
        if key { run.delivery.orderingKey = "schedule:shop.mail" }
        run.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: .mail, caller: "schedule", key: name),
            fingerprint: name,
            expires: instant(2_000_000)
        )
        return run
    }

    private func room(_ count: Int = 8, limit: Int = 8) -> ClaimRequest {
        ClaimRequest(
            holder: holder,
            limit: limit,
            allowances: [.mail: ClaimAllowance(count: count, lease: .seconds(60))]
        )
    }

    /// A change of a schedule with one tick.
    private func change(
        _ name: String = "shop.mail",
        to second: Double,
        _ run: QueuedInvocation?,
        overlap: TickDecision.Overlap = .forbid
    ) -> ScheduleChange {
        var entry = ScheduleEntry(name: name, function: .mail, declaration: "{}", at: instant(0))
        entry.cursor = instant(second)
        guard let run else { return ScheduleChange(entry, expected: nil) }
        let tick = TickDecision(instant(second), .fired, run: run, overlap: overlap)
        return ScheduleChange(entry, expected: instant(second - 1), ticks: [tick])
    }

    private func fired(
        _ test: StoreUnderTest,
        _ change: ScheduleChange,
        _ room: ClaimRequest? = nil
    ) async throws -> Fired {
        taker.offer(room)
        let verdicts = try await test.store.decide([change], bounds: QueueBounds())
        guard case .made(_, let outcomes)? = verdicts.first else {
            throw StoreError.unavailable("the change was stale")
        }
        let run = change.ticks.first?.run?.id
        return Fired(
            outcome: try #require(outcomes.first),
            claim: taker.claimed.first { $0.invocation.id == run }
        )
    }

    private func begun(_ kind: StoreKind) async throws -> StoreUnderTest {
        let test = try StoreUnderTest(kind)
        test.store.setTaker(taker)
        _ = try await test.store.decide([change(to: 0, nil)], bounds: QueueBounds())
        return test
    }

    /// A tick that has to be queued, in a commit that begins another one, isn't forgotten.
    @Test(arguments: StoreKind.allCases)
    func tellsOfWhatItQueuesBesideWhatItBegins(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let other = FunctionName.named("shop.report")
        var delayed = QueuedInvocation(function: other, body: ByteBuffer())
        delayed.delivery.notBefore = test.clock.now + .seconds(60)
        _ = try await test.store.enqueue([delayed], bounds: QueueBounds(), allOrNone: false)
        var entry = ScheduleEntry(
            name: "report",
            function: other,
            declaration: "{}",
            at: instant(0)
        )
        _ = try await test.store.decide(
            [ScheduleChange(entry, expected: nil)],
            bounds: QueueBounds()
        )
        entry.cursor = instant(1)
        var room = room()
        room.allowances[other] = ClaimAllowance(count: 8, lease: .seconds(60))
        taker.offer(room)
        let queued = QueuedInvocation(function: other, trigger: .cron, body: ByteBuffer())
        let tick = TickDecision(instant(1), .fired, run: queued, overlap: .forbid)
        let changes = [
            change(to: 1, run("one")), ScheduleChange(entry, expected: instant(0), ticks: [tick]),
        ]
        _ = try await test.store.decide(changes, bounds: QueueBounds())
        let isClaimed = taker.claimed.contains { $0.invocation.id == queued.id }
        #expect(isClaimed || taker.unseen.contains(other))
    }

    @Test(arguments: StoreKind.allCases)
    func claimsWhatItFires(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let run = run("one")
        let claim = try #require(try await fired(test, change(to: 1, run), room()).claim)
        var wanted = run
        wanted.idempotency = nil
        #expect(claim.invocation == wanted)
        #expect(claim.attempt == 1 && claim.attemptLimit == run.delivery.maximumAttempts)
        #expect(claim.lease.expires == test.clock.now + .seconds(60))
        #expect(try await test.state(run.id) == .running(until: claim.lease.expires))
        let tick = try await test.store.ticks(of: "shop.mail", before: nil, limit: 9).first
        #expect(tick?.fate == .fired && tick?.invocation == run.id)
        #expect(try await test.store.schedules().first?.cursor == instant(1))
        #expect(try await test.store.schedules().first?.last == run.id)
        #expect(try await test.store.depths()[.mail]?.running == 1)
        #expect(try await test.claim(.mail).claimed.isEmpty, "it is held")
        try await test.store.settle(claim.lease, .succeeded())
        #expect(try await test.state(run.id) == .succeeded)
        #expect(try await test.store.depths()[.mail] == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func renewsAndReleasesWhatItClaimed(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let run = run("one")
        let claim = try #require(try await fired(test, change(to: 1, run), room()).claim)
        let renewed = try await test.store.renew(claim.lease, for: .seconds(90))
        #expect(renewed.lease.expires == test.clock.now + .seconds(90))
        try await test.store.release(renewed.lease, Release())
        let again = try await test.claimOne(.mail)
        #expect(again.attempt == 2 && again.invocation == claim.invocation)
        #expect(again.lease.token > claim.lease.token)
    }

    @Test(arguments: StoreKind.allCases)
    func claimsNoMoreThanThereIsRoomFor(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let names = (1...4).map { "shop.mail.\($0)" }
        let setUp = names.map { change($0, to: 0, nil) }
        _ = try await test.store.decide(setUp, bounds: QueueBounds())
        let changes = names.map { change($0, to: 1, run($0, key: false), overlap: .allow) }
        taker.offer(room(4, limit: 2))
        _ = try await test.store.decide(changes, bounds: QueueBounds())
        #expect(taker.claimed.map(\.invocation.id) == changes.prefix(2).map { $0.ticks[0].run?.id })
        #expect(try await test.store.depths()[.mail]?.waiting == 2)
        #expect(try await test.claim(.mail).claimed.count == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func overtakesNothingOfItsFunction(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let first = try await test.accept(.mail)
        var run = run("one")
        run.delivery.priority = 0
        #expect(try await fired(test, change(to: 1, run), room(1)).claim == nil)
        #expect(taker.claimed.map(\.invocation.id) == [first])
        #expect(try await test.state(run.id) == .waiting(notBefore: nil))
    }

    @Test(arguments: StoreKind.allCases, [TickDecision.Overlap.forbid, .allow, .replace])
    func heedsARunBeforeThatWasClaimedSo(
        kind: StoreKind,
        overlap: TickDecision.Overlap
    ) async throws {
        let test = try await begun(kind)
        let first = run("one")
        let claim = try #require(try await fired(test, change(to: 1, first), room()).claim)
        let second = run("two")
        let next = try await fired(test, change(to: 2, second, overlap: overlap), room())
        #expect(next.claim == nil)
        switch overlap {
        case .forbid: #expect(next.outcome.fate == .overlapSkipped)
        // Of one ordering key: it waits for the first.
        case .allow: #expect(next.outcome.fate == .fired)
        case .replace: #expect(next.outcome.replaced == first.id)
        }
        try await test.store.settle(claim.lease, .succeeded())
        let third = try await fired(test, change(to: 3, run("three")), room())
        #expect((third.claim == nil) == (overlap != .forbid))
    }

    @Test(arguments: StoreKind.allCases)
    func aTickHasOneFateHoweverItIsDecided(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let claim = try await fired(test, change(to: 1, run("one")), room()).claim
        #expect(claim != nil)
        var again = change(to: 1, run("one"), overlap: .allow)
        again.expected = instant(1)
        let known = try await fired(test, again, room())
        #expect(known.outcome == TickOutcome(.fired, isKnown: true) && known.claim == nil)
        let stale = try await test.store.decide(
            [change(to: 1, run("two"))],
            bounds: QueueBounds()
        )
        guard case .stale(let entry) = stale.first else {
            Issue.record("it was decided twice")
            return
        }
        #expect(entry?.cursor == instant(1))
    }

    @Test(arguments: StoreKind.allCases)
    func givesBackWhatAHolderClaimedSoThatDied(kind: StoreKind) async throws {
        let test = try await begun(kind)
        let run = run("one")
        _ = try await fired(test, change(to: 1, run), room())
        #expect(try await test.store.recover(holder: holder) == 1)
        let claim = try await test.claimOne(.mail)
        #expect(claim.invocation.id == run.id && claim.attempt == 2)
        #expect(claim.invocation.body == run.body)
    }

    @Test(arguments: StoreKind.allCases)
    func keepsTheTicksThatAreWanted(kind: StoreKind) async throws {
        let test = try await begun(kind)
        for second in 1...6 {
            var change = change(to: Double(second), run("\(second)"), overlap: .allow)
            if second == 6 { change.keeping = 2 }
            let claim = try #require(try await fired(test, change, room()).claim)
            try await test.store.settle(claim.lease, .succeeded())
        }
        let ticks = try await test.store.ticks(of: "shop.mail", before: nil, limit: 9)
        #expect(ticks.map(\.instant.seconds) == [6, 5])
    }
}
