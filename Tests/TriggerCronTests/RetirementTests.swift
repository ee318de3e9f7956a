import FunctionModel
import InvocationStore
import Logging
import Testing

@testable import TriggerCron

/// Schedules that are taken away, or whose functions can't be served for now.
struct RetirementTests {
    @Test func whatIsTakenAwayWhileTheHostIsDownEndsWithAFate() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        let plans = test.plans
        test.plans = []
        try await test.restart(after: .seconds(180))
        #expect(test.news() == ["2026-01-01T12:03:00Z downMissed x3"])
        try await test.pass(.seconds(600))
        test.state.declare(plans, isComplete: true, now: test.clock.now)
        try await test.decide()
        #expect(test.news() == [], "what isn't declared misses nothing")
        try await test.pass(.seconds(60))
        #expect(test.news() == ["2026-01-01T12:14:00Z fired"])
    }

    @Test func switchedOffItEndsSo() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        try test.ask(.disable)
        try await test.decide()
        test.plans = []
        try await test.restart(after: .seconds(60))
        #expect(test.news() == ["2026-01-01T12:01:00Z disabled"])
    }

    @Test(arguments: [
        AwaitedFunctions(plugins: ["shop"]), AwaitedFunctions(functions: [.nightly]),
        AwaitedFunctions(allBut: ["mail"]),
    ])
    func whatCannotBeServedForNowIsMadeUpForLater(awaited: AwaitedFunctions) async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *") { $0.catchUp = "all(2)" }
        let plans = test.plans
        test.plans = []
        try await test.restart(after: .seconds(60), awaiting: awaited)
        try await test.pass(.seconds(120))
        #expect(test.news() == [])
        test.state.declare(plans, isComplete: true, now: test.clock.now)
        try await test.decide()
        let fates = ["2026-01-01T12:01:00Z downMissed"]
        let runs = ["2026-01-01T12:02:00Z fired", "2026-01-01T12:03:00Z fired"]
        #expect(test.news() == fates + runs)
    }

    @Test func whatIsAwaitedNoMoreEndsWithAFate() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        test.plans = []
        try await test.restart(after: .seconds(60), awaiting: AwaitedFunctions(plugins: ["shop"]))
        try await test.pass(.seconds(60))
        let others = AwaitedFunctions(plugins: ["mail"], allBut: ["shop"])
        test.state.declare([], isComplete: true, awaiting: others, now: test.clock.now)
        try await test.decide()
        #expect(test.news() == ["2026-01-01T12:02:00Z downMissed x2"])
    }

    @Test(arguments: ["nightly", "shop.nightly"])
    func fatesCanBeReadOfAScheduleThatHasGone(name: String) async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("* * * * *")
        test.plans = []
        try await test.restart(after: .seconds(180))
        let trigger = try CronTrigger(
            ledger: test.store,
            zones: test.zones,
            listeners: .init(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [clock = test.clock] in clock.now }
        )
        let found = try await trigger.ticks(of: name, before: nil, limit: 10)
        #expect(found.schedule == "shop.nightly")
        #expect(found.ticks.map(\.count) == [3])
        let unknown = await #expect(throws: HostOperationError.self) {
            try await trigger.ticks(of: "daily", before: nil, limit: 10)
        }
        #expect(unknown?.kind == .notFound)
    }
}
