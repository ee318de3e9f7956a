import NIOCore
import Testing

@testable import TriggerHTTP

@Suite struct BodyClockTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test func allowsNoLongPause() {
        var limits = ListenerLimits()
        limits.bodyTime = .seconds(30)
        limits.bodyRate = 1_024
        var clock = BodyClock(limits: limits)
        clock.restart(now: start)
        let deadline1 = clock.deadline(after: 0, now: start)
        #expect(deadline1 == start + .seconds(30))
        let later = start + .seconds(20)
        let deadline2 = clock.deadline(after: 1 << 30, now: later)
        #expect(deadline2 == later + .seconds(30))
    }

    @Test func allowsNoTrickle() {
        var clock = BodyClock(limits: ListenerLimits())
        clock.restart(now: start)
        let deadline3 = clock.deadline(after: 1_024, now: start + .seconds(29))
        #expect(
            deadline3 == start + .seconds(31)
        )
        clock.restart(now: start + .seconds(40))
        let deadline4 = clock.deadline(after: 0, now: start + .seconds(40))
        #expect(
            deadline4 == start + .seconds(70)
        )
    }
}
