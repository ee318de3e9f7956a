import FunctionModel
import Testing

@testable import TriggerCron

/// Ticks of schedules that begin and end at dates.
struct StartsAndEndsTests {
    private func declare(_ test: Simulation, catchUp: String = "last") async throws {
        try await test.declare("* * * * *") {
            $0.starts = "2026-01-01T12:02:00Z"
            $0.ends = "2026-01-01T12:04:00Z"
            $0.overlap = "allow"
            $0.catchUp = catchUp
        }
    }

    @Test func firesFromTheFirstInstantThroughTheLast() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await declare(test)
        try await test.pass(.seconds(600))
        let instants = (2...4).map { "2026-01-01T12:0\($0):00Z fired" }
        #expect(test.news() == instants)
        #expect(test.state.due() == nil, "nothing is left")
    }

    @Test func countsIntervalsFromTheBeginning() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await test.declare("@every 90s") {
            $0.starts = "2026-01-01T12:02:00Z"
            $0.ends = "2026-01-01T12:05:00Z"
            $0.overlap = "allow"
        }
        try await test.pass(.seconds(600))
        let news = ["2026-01-01T12:03:30Z fired", "2026-01-01T12:05:00Z fired"]
        #expect(test.news() == news)
    }

    @Test func makesUpOnlyForWhatLiesBetween() async throws {
        let test = try Simulation(at: "2026-01-01T12:00:30Z")
        try await declare(test, catchUp: "all(9)")
        try await test.restart(after: .seconds(3_600))
        #expect(test.news() == (2...4).map { "2026-01-01T12:0\($0):00Z fired" })
        try await test.restart(after: .seconds(3_600))
        #expect(test.news() == [])
    }
}
