import FunctionModel
import Testing

struct WallTimeTests {
    @Test(
        arguments: [
            (.zero, 0),
            (.nanoseconds(-1), -1),
            (.nanoseconds(Int64.max), .max),
            (.nanoseconds(Int64.min), .min),
            // Each overflows in another step: the sum, the product.
            (.nanoseconds(Int64.max) + .nanoseconds(1), .max),
            (.nanoseconds(Int64.min) - .nanoseconds(1), .min),
            (.nanoseconds(Int64.max) + .nanoseconds(Int64.max), .max),
            (.seconds(Int64.max), .max),
            (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)]
    )
    func aDurationBeyondAllBoundsIsTheLongest(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
    }

    @Test func instantsBeyondAllBoundsAreTheLast() {
        let last = WallTime(nanoseconds: .max - 1)
        #expect(last + .seconds(1) == .never)
        #expect(WallTime(nanoseconds: .min) - .seconds(1) == WallTime(nanoseconds: .min))
        #expect(WallTime.never - WallTime(nanoseconds: -1) > .nanoseconds(Int64.max))
    }
}
