/// An instant of the time of day, in nanoseconds since 1970: what outlasts a process is dated by it.
public struct WallTime: Hashable, Sendable, Codable, Comparable {
    /// Nanoseconds since 1970.
    public var nanoseconds: Int64

    /// An instant so many nanoseconds after 1970 began.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// An instant so many seconds after 1970 began.
    public init(seconds: Double) {
        let bounded = min(max(seconds * 1e9, -9.2e18), 9.2e18)
        self.init(nanoseconds: bounded.isNaN ? 0 : Int64(bounded))
    }

    /// The last instant there is: it never comes.
    public static let never = WallTime(nanoseconds: .max)

    /// Seconds since 1970.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant so much later; `never` where that is beyond the last one.
    public static func + (time: Self, duration: Duration) -> Self {
        let (sum, isBeyond) = time.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        guard isBeyond else { return Self(nanoseconds: sum) }
        return Self(nanoseconds: duration < .zero ? .min : .max)
    }

    /// The instant so much earlier.
    public static func - (time: Self, duration: Duration) -> Self { time + (.zero - duration) }

    /// The time from the right instant to the left one.
    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds) - .nanoseconds(right.nanoseconds)
    }
}

extension Duration {
    /// The duration in whole nanoseconds: the nearest that 64 bits hold.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard isBeyond || isOver else { return sum }
        return seconds < 0 ? .min : .max
    }
}
