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
}
