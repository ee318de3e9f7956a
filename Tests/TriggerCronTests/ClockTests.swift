import FunctionModel
import Testing

@testable import TriggerCron

/// Schedules under clocks that are set.
struct ClockTests {
    @Test func aLookAtTheClockMakesNoTickLate() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:59Z")
        try await test.declare("* * * * *")
        try await test.set(by: .milliseconds(500))
        #expect(test.state.due() == test.clock.now + .milliseconds(500))
    }

    /// As on a machine without a clock of its own: each start is another one, by whatever time.
    @Test func rebootIsDueAlsoWhenTheClockGoesBeforeTheLatestStart() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        test.plans = [try test.plan("@reboot") { $0.overlap = "allow" }]
        try await test.restart()
        #expect(test.news() == ["2026-01-01T12:00:30Z fired"])
        try await test.restart(after: .seconds(-3_600))
        #expect(test.news() == ["2026-01-01T12:00:31Z fired"])
        try await test.restart(after: .seconds(-50 * 365 * 86_400))
        #expect(test.news() == ["2026-01-01T12:00:32Z fired"])
        try await test.restart()
        #expect(test.news() == ["2026-01-01T12:00:33Z fired"])
        test.plans = [try test.plan("@reboot") { $0.overlap = "queue" }]
        try await test.restart(after: .seconds(1))
        #expect(test.news() == ["2026-01-01T12:00:34Z fired"])
        test.clock.now = test.clock.now + .seconds(51 * 365 * 86_400)
        try await test.restart()
        #expect(test.news().map { $0.prefix(4) } == ["2027"])
    }
}
