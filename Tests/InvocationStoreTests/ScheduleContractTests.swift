import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of schedules and their ticks.
@Suite(.serialized)
struct ScheduleContractTests {
    private func entry(_ name: String = "mail.send", at seconds: Double) -> ScheduleEntry {
        ScheduleEntry(
            name: name,
            function: .mail,
            declaration: "{}",
            at: WallTime(seconds: seconds)
        )
    }

    private func run(_ body: String = "tick") -> QueuedInvocation {
        QueuedInvocation(function: .mail, trigger: .cron, body: ByteBuffer(string: body))
    }

    private func instant(_ seconds: Double) -> WallTime { WallTime(seconds: seconds) }

    /// Moves a schedule from one instant to another with a tick there.
    private func change(
        from start: Double?,
        to end: Double,
        _ ticks: [TickDecision] = []
    ) -> ScheduleChange {
        ScheduleChange(entry(at: end), expected: start.map { instant($0) }, ticks: ticks)
    }

    private func decide(
        _ test: StoreUnderTest,
        _ change: ScheduleChange,
        bounds: QueueBounds = QueueBounds()
    ) async throws -> ScheduleVerdict {
        try #require(try await test.store.decide([change], bounds: bounds).first)
    }

    private func outcomes(_ verdict: ScheduleVerdict) throws -> [TickOutcome] {
        guard case .made(_, let outcomes) = verdict else {
            throw StoreError.unavailable("the change was stale")
        }
        return outcomes
    }

    @Test(arguments: StoreKind.allCases)
    func keepsWhereASchedulesStands(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var other = entry("shop.nightly", at: 7)
        other.isEnabled = false
        other.isRetired = true
        _ = try await test.store.decide(
            [change(from: nil, to: 5), ScheduleChange(other, expected: nil)],
            bounds: QueueBounds()
        )
        #expect(try await test.store.schedules() == [entry(at: 5), other])
    }

    @Test(arguments: StoreKind.allCases)
    func queuesWhatATickRunsInTheSameCommit(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 5))
        let run = run()
        let tick = TickDecision(instant(10), .fired, run: run)
        let verdict = try await decide(test, change(from: 5, to: 10, [tick]))
        #expect(try outcomes(verdict) == [TickOutcome(.fired)])
        #expect(try await test.store.stored(run.id)?.state == .waiting(notBefore: nil))
        let ticks = try await test.store.ticks(of: "mail.send", before: nil, limit: 10)
        #expect(ticks == [TickEntry(tick, .fired, decided: test.clock.now)])
        #expect(ticks.first?.invocation == run.id)
        let kept = try #require(try await test.store.schedules().first)
        #expect(kept.last == run.id)
        #expect(kept.cursor == instant(10))
    }

    @Test(arguments: StoreKind.allCases)
    func makesNoChangeOfAScheduleThatStandsElsewhere(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 5))
        let run = run()
        let tick = TickDecision(instant(10), .fired, run: run)
        for start in [nil, 4.0] {
            guard
                case .stale(let there) = try await decide(test, change(from: start, to: 10, [tick]))
            else {
                Issue.record("the change was made")
                continue
            }
            #expect(there == entry(at: 5))
        }
        #expect(try await test.store.stored(run.id) == nil)
        #expect(try await test.store.ticks(of: "mail.send", before: nil, limit: 10).isEmpty)
        let absent = ScheduleChange(entry("no.such", at: 5), expected: instant(1))
        guard case .stale(nil) = try await decide(test, absent) else {
            Issue.record("what isn't there was changed")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aTickKeepsItsFate(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 5))
        let first = TickDecision(instant(10), .downMissed)
        _ = try await decide(test, change(from: 5, to: 10, [first]))
        let run = run()
        let again = TickDecision(instant(10), .fired, run: run)
        let verdict = try await decide(test, change(from: 10, to: 10, [again]))
        #expect(try outcomes(verdict) == [TickOutcome(.downMissed, isKnown: true)])
        #expect(try await test.store.stored(run.id) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aTickKeepsItsFateAlsoAsOneOfMany(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 0))
        let many = TickDecision(instant(10)...instant(20), count: 11, .downMissed)
        _ = try await decide(test, change(from: 0, to: 20, [many]))
        var byHand = TickDecision(instant(15.001), .fired, run: run())
        byHand.isManual = true
        let seconds: [Double] = [9, 10, 15, 20, 21]
        var ticks = seconds.map { TickDecision(instant($0), .fired, run: run()) }
        ticks.append(byHand)
        ticks.append(TickDecision(instant(12)...instant(14), count: 3, .disabled))
        let known = try outcomes(try await decide(test, change(from: 20, to: 21, ticks)))
        #expect(known.map(\.isKnown) == [false, true, true, true, false, false, true])
        #expect(try await test.store.ticks(of: "mail.send", before: nil, limit: 9).count == 4)
    }

    /// Its row is gone, as after a clock that was far ahead; its key isn't.
    @Test(arguments: StoreKind.allCases)
    func aTickThatRanHasFired(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 0))
        func tick(_ second: Double) -> TickDecision {
            var run = run()
            run.idempotency = IdempotencyClaim(
                key: IdempotencyKey(function: .mail, caller: "schedule", key: "at \(second)"),
                fingerprint: "at \(second)",
                expires: test.clock.now + .seconds(900)
            )
            return TickDecision(instant(second), .fired, run: run)
        }
        let first = tick(1)
        var second = change(from: 0, to: 2, [first, tick(2)])
        second.keeping = 1
        _ = try await decide(test, second)
        let verdict = try await decide(test, change(from: 2, to: 1, [tick(1)]))
        #expect(try outcomes(verdict) == [TickOutcome(.fired)])
        let kept = try await test.store.ticks(of: "mail.send", before: instant(2), limit: 1)
        #expect(kept.map(\.invocation) == [first.run?.id])
        #expect(try await test.store.schedules().first?.missed == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func heedsTheRunBefore(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 0))
        func next(
            _ second: Double,
            _ overlap: TickDecision.Overlap,
            byHand: Bool = false
        ) async throws -> (outcome: TickOutcome?, run: InvocationID) {
            let run = run()
            var tick = TickDecision(instant(second), .fired, run: run, overlap: overlap)
            tick.isManual = byHand
            let verdict = try await decide(test, change(from: second - 1, to: second, [tick]))
            return (try outcomes(verdict).first, run.id)
        }
        let first = try await next(1, .forbid)
        #expect(first.outcome == TickOutcome(.fired))
        let second = try await next(2, .forbid)
        #expect(second.outcome == TickOutcome(.overlapSkipped))
        #expect(try await test.store.schedules().first?.missed == 1)
        #expect(try await test.store.schedules().first?.last == first.run)
        // What an operator asks for is no tick that is missed.
        #expect(try await next(3, .forbid, byHand: true).outcome?.fate == .overlapSkipped)
        #expect(try await test.store.schedules().first?.missed == 1)
        let third = try await next(4, .replace)
        #expect(third.outcome == TickOutcome(.fired, replaced: first.run))
        #expect(try await test.store.stored(first.run)?.state == .cancelled)
        #expect(try await test.store.schedules().first?.missed == 0)
        let fourth = try await next(5, .allow)
        #expect(fourth.outcome == TickOutcome(.fired))
        #expect(try await test.store.stored(third.run)?.isOver == false)
    }

    @Test(arguments: StoreKind.allCases)
    func saysThatTheQueueIsFull(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 0))
        let ticks = (1...3).map { TickDecision(instant(Double($0)), .fired, run: run()) }
        let verdict = try await decide(
            test,
            change(from: 0, to: 3, ticks),
            bounds: QueueBounds(perFunction: 2, total: 9)
        )
        #expect(try outcomes(verdict).map(\.fate) == [.fired, .fired, .queueFull])
    }

    @Test(arguments: StoreKind.allCases)
    func listsTicksAndForgetsOldOnes(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        _ = try await decide(test, change(from: nil, to: 0))
        let many = TickDecision(instant(1)...instant(5), count: 5, .downMissed)
        let ticks = [many] + (6...9).map { TickDecision(instant(Double($0)), .disabled) }
        _ = try await decide(test, change(from: 0, to: 9, ticks))
        func listed(before: WallTime? = nil, limit: Int = 10) async throws -> [Double] {
            try await test.store.ticks(of: "mail.send", before: before, limit: limit)
                .map(\.instant.seconds)
        }
        #expect(try await listed() == [9, 8, 7, 6, 5])
        #expect(try await listed(before: instant(8), limit: 2) == [7, 6])
        let oldest = try await test.store.ticks(of: "mail.send", before: instant(6), limit: 1)
        #expect(oldest.first?.count == 5 && oldest.first?.since == instant(1))
        var prune = change(from: 9, to: 10)
        prune.keeping = 2
        _ = try await decide(test, prune)
        #expect(try await listed() == [9, 8])
        test.clock.advance(RetentionPolicy().tickAge)
        #expect(try await test.store.sweep(RetentionPolicy()).ticks == 2)
        #expect(try await listed().isEmpty)
    }
}
