internal import FunctionModel

/// Notices that the clock of the day went another way than the time in which the machine was awake.
struct ClockWatch: Sendable {
    /// A difference that corrections of the clock's pace don't reach between two looks.
    private static let most = Duration.seconds(1)

    private var wall: WallTime
    private var steady: SuspendingClock.Instant

    init(_ wall: WallTime, steady: SuspendingClock.Instant = .now) {
        self.wall = wall
        self.steady = steady
    }

    /// Whether it was set by more than a second since the last look, or the machine slept.
    mutating func look(
        _ present: WallTime,
        steady now: SuspendingClock.Instant = .now
    ) -> Bool {
        defer { (wall, steady) = (present, now) }
        let difference = (present - wall) - (now - steady)
        return difference > Self.most || difference < .zero - Self.most
    }
}
