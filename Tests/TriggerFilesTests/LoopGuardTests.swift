import FunctionModel
import Testing

@testable import TriggerFiles

struct LoopGuardTests {
    private let begun = ContinuousClock.now
    private let stableFor = Duration.milliseconds(500)

    /// One run after the other, each of which writes a file: until nothing more may start.
    private func feed(_ loop: inout LoopGuard) -> Int {
        var runs = 0
        loop.found(whileRunning: false)
        while loop.verdict == .free, runs < 1_000 {
            loop.started()
            runs += 1
            loop.found(whileRunning: true)
        }
        return runs
    }

    @Test func stopsAFunctionThatFeedsItself() {
        var loop = LoopGuard(isNeeded: true, stableFor: stableFor)
        var now = begun
        var runs = 0
        var isStopped = false
        for _ in 0..<10 where !isStopped {
            runs += feed(&loop)
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
            _ = feed(&loop)
            loop.ended(now: begun)
            // Somebody writes although nothing runs.
            loop.found(whileRunning: false)
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
