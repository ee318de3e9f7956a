import Testing

@testable import CellSupervision

@Suite struct KeeperTimersTests {
    @Test func givesWhatIsDueInOrderOfTime() {
        var timers = KeeperTimers()
        timers.add(.tick, at: .seconds(2))
        timers.add(.refill, at: .seconds(1))
        timers.add(.stopNow, at: .seconds(2))
        timers.add(.kill(cell: 1, reason: ""), at: .seconds(3))
        #expect(timers.take(now: .milliseconds(999)) == [])
        #expect(timers.take(now: .seconds(2)) == [.refill, .tick, .stopNow])
        #expect(timers.milliseconds(from: .seconds(2)) == 1_000)
        #expect(timers.take(now: .seconds(9)) == [.kill(cell: 1, reason: "")])
        #expect(timers.milliseconds(from: .seconds(9)) == nil)
    }

    @Test(arguments: [(Duration.milliseconds(5), 0), (.microseconds(4_100), 1), (.zero, 5)])
    func neverWaitsTooShort(_ now: Duration, _ expected: Int) {
        var timers = KeeperTimers()
        timers.add(.tick, at: .milliseconds(5))
        #expect(timers.milliseconds(from: now) == expected)
    }
}
