import Foundation
import SeededRandom
import Testing

/// `kill -9` of the queue very often: with a ledger outside, nothing is lost and nothing ends twice.
@Suite("A queue that is killed", .serialized)
struct QueueKillTests {
    static let seed =
        ProcessInfo.processInfo.environment["ROOST_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 1...999_999)

    @Test func losesNothingAndEndsNothingTwice() async throws {
        let seed = Self.seed
        let count = max(1_000, rounds)
        // Two at a time: a life waits for its start most of the time.
        let results = try await withThrowingTaskGroup(of: QueueKills.Result.self) { tasks in
            for lane in 0..<2 {
                tasks.addTask {
                    try await onThread { try QueueKills.run(count / 2, seed: seed + UInt64(lane)) }
                }
            }
            return try await tasks.reduce(into: QueueKills.Result()) { $0.add($1) }
        }
        results.show(seed: seed)
        #expect(results.problems == [])
        #expect(results.total >= count)
        #expect(results.accepted > count)
        for place in QueueKills.places { #expect(results.kills[place] ?? 0 > 0, "\(place)") }
    }

    @Test func runsAgainWithinASecondWithALongQueue() async throws {
        let directory = try RoostProcess.makeHome()
        defer { remove(directory) }
        let file = directory.appending(path: "queue.sqlite").path
        let ready = try await onThread {
            var filler = try VictimProcess([file, "fill", "20000"])
            let isFilled = filler.endsWell()
            #expect(isFilled)
            var times: [Duration] = []
            for _ in 0..<5 {
                let begun = ContinuousClock.now
                var victim = try VictimProcess([file, "live"])
                let isReady = victim.read(until: "ready", within: 10_000)
                #expect(isReady)
                times.append(ContinuousClock.now - begun)
                _ = victim.end(killing: true)
            }
            return times
        }
        print("20000 queued: the first one runs after \(ready)")
        // A stall of the machine hits some of them; a start that reads the queue, all.
        let best = try #require(ready.min())
        #expect(best < .seconds(1), "\(ready)")
    }

    private func remove(_ directory: URL) {
        do { try FileManager.default.removeItem(at: directory) } catch {
            Issue.record("\(error)")
        }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
