import FunctionModel
import Testing

@testable import TriggerFiles

struct LoopGuardTests {
    private let begun = ContinuousClock.now
    private let stableFor = Duration.milliseconds(500)

    /// One run after the other, each of which writes a file: until nothing more may start.
    private func feed(
        _ loop: inout LoopGuard,
        _ now: ContinuousClock.Instant? = nil
    ) -> Int {
        let now = now ?? begun
        var runs = 0
        while loop.verdict == .free, runs < 1_000 {
            loop.started()
            runs += 1
            loop.found(whileRunning: true, now: now)
        }
        return runs
    }

    @Test func stopsAFunctionThatFeedsItself() {
        var loop = LoopGuard(isNeeded: true, stableFor: stableFor)
        var now = begun
        var runs = 0
        var isStopped = false
        loop.found(whileRunning: false, now: now)
        for _ in 0..<10 where !isStopped {
            runs += feed(&loop, now)
            #expect(loop.verdict == .held)
            loop.ended(now: now)
            now += .seconds(2)
            isStopped = loop.look(now: now)
        }
        #expect(isStopped)
        #expect(loop.verdict == .stopped)
        #expect(runs <= LoopGuard.proofs * (LoopGuard.deepest + 1))
        loop.release()
        #expect(loop.verdict == .free)
    }

    @Test func letsABusyDirectoryBe() {
        var loop = LoopGuard(isNeeded: true, stableFor: stableFor)
        for _ in 0..<100 {
            loop.found(whileRunning: false, now: begun)
            _ = feed(&loop)
            loop.ended(now: begun)
            // Somebody writes although nothing runs.
            loop.found(whileRunning: false, now: begun)
            #expect(loop.verdict == .free)
            let isStopped = loop.look(now: begun + .seconds(2))
            #expect(!isStopped)
        }
    }

    @Test func listensForLongerThanAFileSettles() {
        var loop = LoopGuard(isNeeded: true, stableFor: .seconds(5))
        _ = feed(&loop)
        #expect(loop.next == nil)
        loop.ended(now: begun)
        #expect(loop.next == begun + .seconds(5) + LoopGuard.silence)
        let isStopped = loop.look(now: begun + .seconds(5))
        #expect(!isStopped)
        #expect(loop.verdict == .held)
    }

    /// Files that come by themselves, each handled in its time, one or many at once, as a watch does it.
    private struct Directory {
        var loop = LoopGuard(isNeeded: true, stableFor: .milliseconds(500))
        /// How many files each run writes there.
        var writes = 0
        var length = Duration.seconds(10)
        private var waiting = 0
        private var ends: [ContinuousClock.Instant] = []
        private(set) var runs = 0

        mutating func pass(_ now: ContinuousClock.Instant, arrivals: Int) {
            let over = ends.filter { $0 <= now }.count
            // A run writes before it ends.
            let found = arrivals + over * writes
            if found > 0 {
                waiting += found
                loop.found(whileRunning: !ends.isEmpty, now: now)
            }
            ends.removeAll { $0 <= now }
            if ends.isEmpty { loop.ended(now: now) }
            _ = loop.look(now: now)
            guard loop.verdict == .free, waiting > 0 else { return }
            loop.started()
            ends += Array(repeating: now + length, count: waiting)
            runs += waiting
            waiting = 0
        }
    }

    /// What is found while it runs looks like the function's own; only the silence must not.
    @Test(arguments: [(3_070, 1), (9_770, 1), (61_130, 25), (45_310, 40)])
    func letsThoseBeWhoWriteAllTheTime(every: Int, count: Int) {
        var directory = Directory()
        directory.length = every > 60_000 ? .seconds(70) : .seconds(10)
        var held = 0
        for step in 0..<200_000 {
            // In a burst, each by itself.
            let phase = step * 100 % every
            let arrivals = phase / 100 < count ? 1 : 0
            directory.pass(begun + .milliseconds(step * 100), arrivals: arrivals)
            held += directory.loop.verdict == .held ? 1 : 0
            guard directory.loop.verdict != .stopped else {
                Issue.record("stopped after \(step / 10) s")
                return
            }
        }
        #expect(held > 0)
    }

    /// One burst each hour, over before the function is: silence follows each.
    @Test func letsThoseBeWhoWriteNowAndThen() {
        var directory = Directory()
        var held = 0
        for step in 0..<400_000 {
            directory.pass(begun + .milliseconds(step * 100), arrivals: step % 36_000 < 40 ? 1 : 0)
            held += directory.loop.verdict == .held ? 1 : 0
            guard directory.loop.verdict != .stopped else {
                Issue.record("stopped after \(step / 10) s")
                return
            }
        }
        #expect(held > 0)
    }

    @Test(arguments: [Duration.milliseconds(200), .seconds(3), .seconds(600)])
    func stopsItHoweverLongEachRunTakes(length: Duration) {
        var directory = Directory()
        directory.length = length
        directory.writes = 1
        var now = begun
        for step in 0..<100_000 where directory.loop.verdict != .stopped {
            directory.pass(now, arrivals: step == 0 ? 1 : 0)
            now += min(length, .seconds(1)) / 2
        }
        #expect(directory.loop.verdict == .stopped)
        #expect(directory.runs <= LoopGuard.proofs * (LoopGuard.deepest + 2))
    }

    @Test func isNotAskedWhereAFunctionCannotWrite() {
        var loop = LoopGuard(isNeeded: false, stableFor: stableFor)
        #expect(feed(&loop) == 1_000)
        #expect(loop.verdict == .free)
    }

    @Test(arguments: [
        (["/in"], true), (["/in/out"], true), (["/"], true), (["/out"], false), ([], false),
    ])
    func knowsWhoCanWriteThere(write: [String], may: Bool) {
        #expect(WatchPlan.sample(permissions: .init(write: write)).mayWrite == may)
    }
}
