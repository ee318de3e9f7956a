import FunctionModel
import Testing

@testable import TriggerCron

/// What becomes of ticks: on time, missed, overlapping, switched off, edited, under a clock that is
/// set.
struct ScheduleStateTests {
    @Test func firesOnTimeAndNothingOfThePast() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        #expect(test.news() == [])
        try await test.pass(.seconds(120))
        #expect(
            test.news() == ["2026-01-01T12:01:00Z fired", "2026-01-01T12:02:00Z overlapSkipped"]
        )
    }

    @Test func tellsTheFunctionWhatItIsAbout() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        try await test.pass(.seconds(180))
        let first = try await test.runAll()
        #expect(
            first == [
                """
                {"id":"shop.nightly@2026-01-01T12:01:00Z","schedule":"shop.nightly",\
                "due":"2026-01-01T12:01:00Z","fired":"2026-01-01T12:01:00Z","isPastDue":false,\
                "missed":0,"isManual":false}
                """
            ]
        )
        try await test.pass(.seconds(60))
        let second = try await test.runAll()
        #expect(second.count == 1 && second[0].contains("\"missed\":2"))
    }

    @Test(arguments: [
        ("none", ["2026-01-01T12:03:00Z downMissed"], 0),
        ("last", ["2026-01-01T12:03:00Z fired"], 1),
        ("all(2)", ["2026-01-01T12:02:00Z fired", "2026-01-01T12:03:00Z fired"], 2),
    ])
    func catchesUp(policy: String, last: [String], runs: Int) async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.catchUp = policy }
        try await test.restart(after: .seconds(170))
        let news = test.news()
        #expect(news.count == 3)
        #expect(news.suffix(last.count) == last[...])
        #expect(news.dropLast(max(runs, 0)).allSatisfy { $0.hasSuffix("downMissed") })
        let bodies = try await test.runAll()
        #expect(bodies.count == runs)
        #expect(bodies.allSatisfy { $0.contains("\"isPastDue\":true") })
        if runs > 0 { #expect(bodies[0].contains("\"missed\":\(3 - runs)")) }
        try await test.restart()
        #expect(test.news() == [])
    }

    @Test func accountsForAYearOfSecondsAtOnce() async throws {
        let test = try Simulation(at: "2026-01-01T00:00:00Z")
        try await test.declare("* * * * * *")
        try await test.restart(after: .seconds(365 * 86_400))
        let news = test.news()
        #expect(news.count == 102)
        #expect(news[0] == "2026-12-31T23:58:19Z downMissed x31535899")
        #expect(news[101] == "2027-01-01T00:00:00Z fired")
    }

    @Test func startsNothingAfterItsDeadline() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("0 * * * *") { $0.startingDeadline = "10m" }
        try await test.restart(after: .seconds(3_600))
        #expect(test.news() == ["2026-01-01T13:00:00Z fired"])
        try await test.restart(after: .seconds(3_600 + 1_800))
        #expect(test.news() == ["2026-01-01T14:00:00Z deadlineSkipped"])
    }

    @Test(arguments: [
        (OverlapPolicy.forbid, "overlapSkipped", 1), (.allow, "fired", 2), (.queue, "fired", 1),
        (.replace, "fired", 1),
    ])
    func overlaps(policy: OverlapPolicy, fate: String, claimable: Int) async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.overlap = policy.rawValue }
        try await test.pass(.seconds(90))
        #expect(test.news()[1] == "2026-01-01T12:02:00Z \(fate)")
        let request = ClaimRequest(
            holder: "test",
            allowances: [.nightly: ClaimAllowance(count: 9, lease: .seconds(9))]
        )
        #expect(try await test.store.claim(request).claimed.count == claimable)
    }

    @Test func replacesARunThatGoesOn() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.overlap = "replace" }
        try await test.pass(.seconds(60))
        let request = ClaimRequest(
            holder: "test",
            allowances: [.nightly: ClaimAllowance(count: 9, lease: .seconds(900))]
        )
        let first = try #require(try await test.store.claim(request).claimed.first)
        try await test.pass(.seconds(60))
        // It is asked to stop, and the next one waits for that.
        #expect(try await test.store.renew(first.lease, for: .seconds(9)).isCancelRequested)
        #expect(try await test.store.claim(request).claimed.isEmpty)
        let result = InvocationResult(outcome: .cancelled)
        try await test.store.settle(first.lease, Settlement(.cancelled, result: result))
        #expect(try await test.store.claim(request).claimed.count == 1)
    }

    @Test func anEditFiresNothingAndLosesNothing() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        try await test.pass(.seconds(60))
        _ = test.news()
        // While the host is down, its operator writes another schedule.
        test.plans = [try test.plan("0 * * * *")]
        try await test.restart(after: .seconds(7_200))
        #expect(test.news() == ["2026-01-01T14:01:00Z downMissed x120"])
        try await test.pass(.seconds(3_600))
        #expect(test.news().map { $0.prefix(20) } == ["2026-01-01T15:00:00Z"])
    }

    @Test func anEditShowsAtOnceWhenItIsDue() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:00Z")
        func next() -> String? {
            let next = test.state.schedules.values.first?.next?.seconds
            return next.map { UTCInstant.text(seconds: $0) }
        }
        test.plans = [try test.plan("@every 1h")]
        test.state.declare(test.plans, isComplete: true, now: test.clock.now)
        #expect(next() == "2026-01-01T13:00:00Z")
        try await test.decide()
        try await test.pass(.seconds(600))
        test.state.declare([try test.plan("@every 2h")], isComplete: true, now: test.clock.now)
        #expect(next() == "2026-01-01T14:10:00Z")
        try await test.decide()
        #expect(next() == "2026-01-01T14:10:00Z")
    }

    @Test func aNewVersionWithTheSameScheduleKeepsItsPlace() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("@every 90s")
        try await test.pass(.seconds(60))
        try await test.declare("@every 90s")
        try await test.pass(.seconds(40))
        #expect(test.news() == ["2026-01-01T12:02:00Z fired"])
    }

    @Test func aScheduleThatWasGivenUpBeginsAnew() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        test.state.declare([], isComplete: true, now: test.clock.now)
        try await test.pass(.seconds(600))
        try await test.declare("* * * * *")
        #expect(test.news() == [])
        try await test.pass(.seconds(60))
        #expect(test.news() == ["2026-01-01T12:11:00Z fired"])
    }

    @Test func waitsForPluginsThatAreYetToCome() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        test.clock.now = test.clock.now + .seconds(60)
        test.state = CronState(zones: test.zones, start: test.clock.now)
        test.state.load(try await test.store.schedules())
        test.state.declare([], isComplete: false, now: test.clock.now)
        try await test.pass(.seconds(60))
        try await test.declare("* * * * *")
        let news = test.news()
        #expect(news == ["2026-01-01T12:01:00Z downMissed", "2026-01-01T12:02:00Z fired"])
    }

    @Test func switchedOffItRunsNothingAndSaysSo() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        try test.ask(.disable)
        try await test.decide()
        try await test.pass(.seconds(60))
        try await test.restart(after: .seconds(120))
        #expect(
            test.news() == [
                "2026-01-01T12:01:00Z disabled", "2026-01-01T12:03:00Z disabled x2",
            ]
        )
        try test.ask(.enable)
        try await test.decide()
        try await test.pass(.seconds(60))
        #expect(test.news() == ["2026-01-01T12:04:00Z fired"])
    }

    @Test func aClockSetForwardIsAsIfTheHostWasDown() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        try await test.set(by: .seconds(600))
        let news = test.news()
        #expect(news.count == 10)
        #expect(news.last == "2026-01-01T12:10:00Z fired")
    }

    @Test func aClockSetBackALittleRunsNothingTwice() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.overlap = "allow" }
        try await test.pass(.seconds(600))
        _ = test.news()
        try await test.set(by: .seconds(-300))
        try await test.pass(.seconds(300))
        #expect(test.news() == [])
        try await test.pass(.seconds(60))
        #expect(test.news() == ["2026-01-01T12:11:00Z fired"])
    }

    @Test func aClockThatWasYearsAheadIsCorrected() async throws {
        let test = try Simulation(at: "2036-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.overlap = "allow" }
        try await test.pass(.seconds(60))
        _ = test.news()
        try await test.set(by: .seconds(-10 * 365 * 86_400))
        try await test.pass(.seconds(60))
        #expect(test.news().count == 1)
    }

    @Test func rebootIsDueOncePerStart() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        test.plans = [try test.plan("@reboot")]
        try await test.restart()
        #expect(test.news() == ["2026-01-01T12:00:30Z fired"])
        _ = try await test.runAll()
        try await test.declare("@reboot")
        #expect(test.news() == [])
        try await test.restart(after: .seconds(5))
        #expect(test.news() == ["2026-01-01T12:00:35Z fired"])
    }

    @Test func jitterIsAlwaysTheSame() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        let plan = try test.plan("* * * * *") { $0.jitter = "30s" }
        #expect(plan.delay > .zero && plan.delay <= .seconds(30))
        #expect(try test.plan("* * * * *") { $0.jitter = "30s" }.delay == plan.delay)
        test.plans = [plan]
        test.state.declare(test.plans, isComplete: true, now: test.clock.now)
        try await test.decide()
        let due = test.state.due()
        #expect(due == test.clock.now + .seconds(30) + plan.delay)
        try await test.pass(.seconds(61))
        #expect(test.news() == ["2026-01-01T12:01:00Z fired"])
    }

    @Test func recordsWhatTheClocksSkip() async throws {
        let test = try Simulation(at: "2026-03-28T12:00:00Z")
        try await test.declare("30 2 * * *") {
            $0.timeZone = "Europe/Berlin"
            $0.dst = "skip"
        }
        try await test.pass(.seconds(2 * 86_400))
        #expect(test.news() == ["2026-03-29T01:00:00Z dstSkipped", "2026-03-30T00:30:00Z fired"])
    }

    @Test func whatTheClocksSkipTakesNobodysPlaceAmongWhatIsCaughtUp() async throws {
        let test = try Simulation(at: "2026-03-28T00:00:00Z")
        try await test.declare("30 2 * * *") {
            $0.timeZone = "Europe/Berlin"
            $0.dst = "skip"
        }
        try await test.restart(after: .seconds(36 * 3_600))
        #expect(test.news() == ["2026-03-28T01:30:00Z fired", "2026-03-29T01:00:00Z dstSkipped"])
    }
}
