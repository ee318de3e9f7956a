internal import NIOCore

/// How long to wait after crashes: not at all after the first, then from 100 ms doubling to five
/// minutes, until a success comes long enough after the last crash.
struct CrashBackoff: Sendable {
    static let first = TimeAmount.milliseconds(100)
    static let longest = TimeAmount.minutes(5)
    /// How long after the last crash a success has to come to count as recovery.
    static let recovery = TimeAmount.minutes(10)

    private(set) var crashes = 0
    private(set) var until: NIODeadline?
    private var last: NIODeadline = .uptimeNanoseconds(0)

    /// Notes a crash.
    ///
    /// Crashes of invocations that ran at the same time count as one while the wait for it goes on.
    mutating func crashed(_ now: NIODeadline) {
        last = now
        if let until, now < until { return }
        crashes += 1
        guard crashes > 1 else { return }
        let doublings = min(crashes - 2, 12)
        let delay = min(
            TimeAmount.nanoseconds(Self.first.nanoseconds << Int64(doublings)),
            Self.longest
        )
        until = now + delay
    }

    /// Notes something else that calls for a pause, from the first time on.
    mutating func opened(_ now: NIODeadline) {
        crashes = max(crashes, 1)
        crashed(now)
    }

    /// Notes a success.
    mutating func succeeded(_ now: NIODeadline) {
        guard crashes > 0, now - last >= Self.recovery else { return }
        crashes = 0
        until = nil
    }

    /// What is left of the wait; `nil` when there is none.
    func remaining(_ now: NIODeadline) -> TimeAmount? {
        guard let until, now < until else { return nil }
        return until - now
    }
}
