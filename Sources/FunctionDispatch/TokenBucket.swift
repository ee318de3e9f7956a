internal import FunctionModel
internal import NIOCore

/// Holds a function to its rate: a token comes back with every interval, and a call takes one.
///
/// One instant says it all (the generic cell rate algorithm): when the bucket will be full again.
struct TokenBucket: Sendable {
    private let interval: Int64
    /// What lies between a full bucket and one with a single token.
    private let slack: Int64
    /// In nanoseconds of uptime.
    private var full: Int64 = 0

    /// - Parameters:
    ///   - ratePerMinute: Tokens that come back in a minute.
    ///   - burst: Tokens in the full bucket; `nil` for those of a second, at least one.
    init(ratePerMinute: Int, burst: Int?) {
        interval = max(1, 60_000_000_000 / Int64(max(1, ratePerMinute)))
        let size = Int64(max(1, burst ?? ratePerMinute / 60))
        slack = interval * min(size - 1, Int64.max / 4 / interval)
    }

    /// Takes a token.
    ///
    /// - Returns: `nil`, or how long it takes until there is one.
    mutating func take(_ now: NIODeadline) -> TimeAmount? {
        let now = Int64(clamping: now.uptimeNanoseconds)
        let ready = full - slack
        guard ready <= now else { return .nanoseconds(ready - now) }
        full = max(full, now) + interval
        return nil
    }
}
