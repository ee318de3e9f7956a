import FunctionModel
import Testing

@testable import TriggerCron

/// A clock that was set, and a machine that slept, are told from time that passes.
struct ClockWatchTests {
    private let wall = WallTime(seconds: 1_800_000_000)
    private let steady = SuspendingClock.now

    /// What a look says after so much time by the wall, and so much in which the machine was awake.
    private func look(_ wall: Duration, _ awake: Duration) -> Bool {
        var watch = ClockWatch(self.wall, steady: steady)
        return watch.look(self.wall + wall, steady: steady.advanced(by: awake))
    }

    @Test func timeThatPassesIsNoJump() {
        #expect(!look(.seconds(60), .seconds(60)))
        #expect(!look(.milliseconds(60_400), .seconds(60)), "the clock's pace was corrected")
        #expect(!look(.milliseconds(59_600), .seconds(60)))
    }

    @Test func aClockThatWasSetIsNoticedBothWays() {
        #expect(look(.seconds(62), .seconds(60)))
        #expect(look(.seconds(58), .seconds(60)))
        #expect(look(.seconds(-3_600), .zero))
    }

    @Test func sleepOfTheMachineIsNoticed() { #expect(look(.seconds(8 * 3_600), .seconds(5))) }

    @Test func eachLookBeginsAnew() {
        var watch = ClockWatch(wall, steady: steady)
        let later = wall + .seconds(3_600)
        let first = watch.look(later, steady: steady)
        let second = watch.look(later + .seconds(1), steady: steady.advanced(by: .seconds(1)))
        #expect(first && !second)
    }
}
