import FunctionModel
import NIOCore
import Testing

@testable import TriggerCron

/// How ticks run that are made up for.
struct CatchUpTests {
    @Test(arguments: OverlapPolicy.allCases)
    func makesUpForTicksOneAfterTheOther(policy: OverlapPolicy) async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") {
            $0.overlap = policy.rawValue
            $0.catchUp = "all(3)"
        }
        try await test.restart(after: .seconds(180))
        #expect(test.news().map { $0.suffix(5) } == ["fired", "fired", "fired"])
        let request = ClaimRequest(
            holder: "test",
            allowances: [.nightly: ClaimAllowance(count: 9, lease: .seconds(900))]
        )
        for minute in 1...3 {
            let claimed = try await test.store.claim(request).claimed
            #expect(claimed.count == 1)
            let next = try #require(claimed.first)
            #expect(String(buffer: next.invocation.body).contains("12:0\(minute):00Z"))
            let result = InvocationResult(outcome: .succeeded)
            try await test.store.settle(next.lease, Settlement(.succeeded, result: result))
        }
    }

    /// A thousand ticks of each of many schedules are never in hand at once.
    @Test func decidesWhatManySchedulesHaveMissedInCommitsThatAreBounded() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:00Z")
        let names = try (0..<40).map { try FunctionName("shop.nightly\($0)") }
        test.plans = try names.map {
            try test.plan("* * * * * *", of: $0) { $0.catchUp = "all(1000)" }
        }
        test.state.declare(test.plans, isComplete: true, now: test.clock.now)
        try await test.decide()
        test.clock.now = test.clock.now + .seconds(2_000)
        test.state.clockWasSet(now: test.clock.now)
        var counts: [Int] = []
        while case let asked = test.state.take(now: test.clock.now, limit: 512), !asked.isEmpty {
            counts.append(asked.reduce(0) { $0 + $1.change.ticks.count })
            let verdicts = try await test.store.decide(asked.map(\.change), bounds: QueueBounds())
            test.state.answered(asked, verdicts)
        }
        // A thousand that run, a hundred that are listed, and one row for the others.
        #expect(counts.reduce(0, +) == 40 * 1_101)
        #expect(counts.allSatisfy { $0 < CronState.ticksAtOnce + 1_101 })
        for name in names {
            #expect(try await test.store.ticks(of: "\(name)", before: nil, limit: 1).count == 1)
        }
    }

    @Test func aTickInTimeRunsBesideThoseThatAreMadeUpFor() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") {
            $0.overlap = "allow"
            $0.catchUp = "all(3)"
        }
        try await test.restart(after: .seconds(180))
        try await test.pass(.seconds(60))
        let request = ClaimRequest(
            holder: "test",
            allowances: [.nightly: ClaimAllowance(count: 9, lease: .seconds(900))]
        )
        let bodies = try await test.store.claim(request).claimed.map {
            String(buffer: $0.invocation.body)
        }
        #expect(bodies.count == 2)
        #expect(bodies.count { $0.contains("\"isPastDue\":true") } == 1)
    }
}
