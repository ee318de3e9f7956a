import Testing

/// `kill -9` of schedules very often, with catch-up on: no tick is lost, and none runs twice.
@Suite("Schedules that are killed", .serialized)
struct ScheduleKillTests {
    @Test func loseNoTickAndRunNoneTwice() async throws {
        let seed = QueueKillTests.seed
        let count = max(60, rounds)
        let result = try await withThrowingTaskGroup(of: ScheduleKills.Result.self) { tasks in
            for lane in 0..<2 {
                tasks.addTask {
                    try await onThread {
                        try ScheduleKills.run(count / 2, seed: seed + UInt64(lane))
                    }
                }
            }
            return try await tasks.reduce(into: ScheduleKills.Result()) { $0.add($1) }
        }
        print(
            "SEED=\(seed): \(result.kills) kills, \(result.ticks) ticks, \(result.runs) runs, of "
                + "which \(result.repeated) repeat one that a kill had interrupted"
        )
        #expect(result.problems == [])
        #expect(result.kills >= count)
        #expect(result.ticks > count)
    }
}
