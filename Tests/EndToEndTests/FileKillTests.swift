import Foundation
import Testing

/// `kill -9` of a host that watches a directory, very often: with a ledger outside, no file is missed,
/// none is told twice for one version, and none is half-written.
@Suite("A watched directory that is killed", .serialized)
struct FileKillTests {
    @Test func missesNothingAndTellsNothingTwice() async throws {
        let seed = QueueKillTests.seed
        let count = max(60, rounds)
        let results = try await withThrowingTaskGroup(of: FileKills.Result.self) { tasks in
            for lane in 0..<2 {
                tasks.addTask {
                    try await onThread { try FileKills.run(count / 2, seed: seed + UInt64(lane)) }
                }
            }
            return try await tasks.reduce(into: FileKills.Result()) { $0.add($1) }
        }
        results.show(seed: seed)
        #expect(results.problems == [])
        #expect(results.kills >= count)
        #expect(results.versions > count)
    }
}
