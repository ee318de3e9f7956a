import NIOCore
import NIOPosix
import Testing

@testable import TriggerHTTP

@Suite struct ConnectionTimerTests {
    @Test func schedulesOnlyForAnEarlierInstant() {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        var timer = ConnectionTimer()
        let base = NIODeadline.uptimeNanoseconds(1_000)
        let answer1 = timer.move(to: base + .seconds(10))
        #expect(answer1)
        let task = loop.scheduleTask(in: .hours(1)) {}
        timer.keep(task)
        let answer2 = timer.move(to: base + .seconds(60))
        #expect(!answer2)
        let answer3 = timer.fired(now: base + .seconds(10))
        #expect(!answer3)
        let answer4 = timer.move(to: base + .seconds(60))
        #expect(answer4)
        let answer5 = timer.fired(now: base + .seconds(60))
        #expect(answer5)
        task.cancel()
    }
}
