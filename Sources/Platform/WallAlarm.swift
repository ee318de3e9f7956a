internal import CPlatform

/// Rings at instants of the time of day, also when the system's clock is set or the machine wakes;
/// for a thread of its own.
public final class WallAlarm: Sendable {
    private static let token: UInt64 = 1
    /// So far off that it never rings before: the clock can be watched only while it is set.
    private static let far: Int64 = 4_000_000_000_000_000_000
    private let alarm: Descriptor
    private let poll: EventPoll

    /// Makes an alarm that isn't set.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public init() throws(SystemCallError) {
        let raw = roost_alarm_create()
        guard raw >= 0 else { throw SystemCallError("timerfd_create") }
        alarm = Descriptor(owning: raw)
        poll = try EventPoll()
        try poll.add(alarm, token: Self.token)
        set(nil)
    }

    /// Has it ring at an instant, in nanoseconds since 1970; `nil` for never.
    ///
    /// Any thread may call.
    public func set(_ nanoseconds: Int64?) {
        // An alarm of this program's own making takes every instant.
        _ = roost_alarm_set(alarm.rawValue, max(1, nanoseconds ?? Self.far))
    }

    /// Ends the wait that is going on, or the next, from any thread.
    public func wake() { poll.wake() }

    /// Waits until it rings, or somebody calls `wake`.
    public func wait() {
        let events = poll.wait(milliseconds: nil)
        if !events.isEmpty { _ = roost_alarm_rest(alarm.rawValue) }
    }
}
