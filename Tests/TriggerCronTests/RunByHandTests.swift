import FunctionModel
import Testing

@testable import TriggerCron

/// Runs that operators ask for, beside a schedule's ticks.
struct RunByHandTests {
    @Test func runsByHandBesideItsTicks() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("0 * * * *")
        try test.ask(.run)
        try await test.decide()
        // A whole second may be a tick's: the run has another name than any.
        #expect(test.news() == ["2026-01-01T12:00:30.001Z fired"])
        let bodies = try await test.runAll()
        #expect(bodies.count == 1 && bodies[0].contains("\"isManual\":true"))
        try await test.pass(.seconds(3_600))
        #expect(test.news() == ["2026-01-01T13:00:00Z fired"])
    }

    @Test func runsByHandAsOftenAsItIsAskedAlsoAtOneInstant() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:00Z")
        try await test.declare("* * * * *") { $0.overlap = "allow" }
        for _ in 0..<3 { try test.ask(.run) }
        try await test.decide()
        #expect(test.news().count { $0.hasSuffix(" fired") } == 3)
        #expect(Set(try await test.runAll().map { $0.prefix(60) }).count == 3)
    }

    /// The ledger has taken it, and its answer is lost.
    @Test func runsByHandOnceAlsoWhenTheAnswerIsLost() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("0 * * * *") { $0.overlap = "allow" }
        try test.ask(.run)
        let lost = test.state.take(now: test.clock.now, limit: 9)
        _ = try await test.store.decide(lost.map(\.change), bounds: QueueBounds())
        test.state.failed(lost)
        test.clock.now = test.clock.now + .seconds(1)
        let again = test.state.take(now: test.clock.now, limit: 9)
        let verdicts = try await test.store.decide(again.map(\.change), bounds: QueueBounds())
        test.state.answered(again, verdicts)
        let runs = (lost + again).compactMap { $0.change.ticks.first?.run?.id }
        #expect(runs.count == 2 && Set(runs).count == 1)
        try test.ask(.run)
        try await test.decide()
        #expect(try await test.runAll().count == 2)
    }
}
