import FunctionModel
import Testing

@testable import TriggerQueue

struct FunctionLaneTests {
    /// A function of which any number may run leaves places in hand to others.
    @Test func noneTakesAllThatMayBeHeld() {
        var lane = FunctionLane()
        let places = FunctionPlaces(free: 1_000, longest: .seconds(1))
        for _ in 0..<100 {
            lane.free(places.free, now: WallTime(nanoseconds: 0))
            for _ in 0..<lane.wanted(places) { lane.append(InvocationID()) }
            while lane.next() != nil { lane.begin() }
        }
        #expect(lane.wanted(places) == 0)
        lane.end()
        #expect(lane.wanted(places) == 1)
        #expect(FunctionLane.mostHeld < QueueSettings(holder: "test").heldLimit)
    }
}
