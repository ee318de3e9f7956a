/// When a failed invocation is tried again.
///
/// After the rule that Fission wrote down (RFC 0024): success ends it, a permanent error ends it
/// at once, anything else waits and tries again until attempts or age are used up.
public struct RetryPolicy: Sendable, Hashable {
    /// How often it may be started.
    public var maximumAttempts = 3
    /// How long after its arrival it may still be started.
    public var maximumAge: Duration = .seconds(6 * 3_600)
    /// The longest wait before the second attempt; doubles with each.
    public var baseDelay: Duration = .seconds(1)
    /// The longest wait of all, also of what a function asks for.
    public var maximumDelay: Duration = .seconds(300)

    /// The defaults.
    public init() {}

    /// What follows an attempt.
    public enum Verdict: Sendable, Hashable {
        /// It is over.
        case settle(Settlement.End)
        /// It is tried again at this time.
        case retry(at: WallTime)
    }

    /// Decides what follows attempt number `attempt` of at most `limit`, which ended with `result`.
    ///
    /// `generator` spreads the waits, so that what failed together doesn't come back together.
    public func verdict(
        after result: InvocationResult,
        attempt: Int,
        limit: Int,
        expires: WallTime,
        now: WallTime,
        using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        switch result.outcome {
        case .succeeded where result.status < 400: return .settle(.succeeded)
        case .cancelled: return .settle(.cancelled)
        case .succeeded, .failed, .rejected:
            if !isRetryable(result) { return .settle(.dead(.permanent)) }
        case .crashed, .timedOut, .cpuExceeded, .memoryExceeded, .lost: break
        }
        guard attempt < limit else { return .settle(.dead(.attemptsExhausted)) }
        let asked = askedDelay(result, now: now)
        let time = now + delay(after: attempt, asked: asked, using: &generator)
        return time < expires ? .retry(at: time) : .settle(.dead(.expired))
    }

    /// The wait after so many attempts: what the function asked for, else a random part of a bound
    /// that doubles (full jitter).
    public func delay(
        after attempt: Int,
        asked: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if let asked { return min(max(asked, .zero), maximumDelay) }
        let doublings = min(max(attempt - 1, 0), 30)
        let bound = min(baseDelay * (1 << doublings), maximumDelay).wholeNanoseconds
        return .nanoseconds(Int64.random(in: 0...max(0, bound), using: &generator))
    }

    /// Whether another attempt may help: a function's own word, else its status.
    private func isRetryable(_ result: InvocationResult) -> Bool {
        if let error = result.error { return error.retryable }
        let status = result.status
        return status >= 500 || status == 408 || status == 429
    }

    /// The wait that a function asked for, in its error or as `Retry-After`: whole seconds or the date
    /// of HTTP.
    private func askedDelay(_ result: InvocationResult, now: WallTime) -> Duration? {
        if let asked = result.error?.retryAfter { return asked }
        let field = result.head?.headers.first { $0.name.lowercased() == "retry-after" }
        guard let text = field?.value else { return nil }
        if let seconds = UInt32(text) { return .seconds(seconds) }
        return WallTime(httpDate: text).map { max(.zero, $0 - now) }
    }
}

extension WallTime {
    /// Reads a date as HTTP writes it, for example `Sun, 06 Nov 1994 08:49:37 GMT`; `nil` for others.
    public init?(httpDate text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","),
            parts[5] == "GMT", let day = Self.number(parts[1], in: 1...31, digits: 2),
            let month = Self.months.firstIndex(of: String(parts[2])),
            let year = Self.number(parts[3], in: 1970...9_999, digits: 4)
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = Self.number(clock[0], in: 0...23, digits: 2),
            let minute = Self.number(clock[1], in: 0...59, digits: 2),
            let second = Self.number(clock[2], in: 0...60, digits: 2)
        else { return nil }
        // Days since 1970 of the proleptic Gregorian calendar, in years that begin in March.
        let (shifted, moved) = month < 2 ? (year - 1, month + 10) : (year, month - 2)
        let days =
            shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (moved * 306 + 5) / 10
            + day - 1 - 719_468
        self.init(seconds: Double(((days * 24 + hour) * 60 + minute) * 60 + second))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(
        _ text: Substring,
        in range: ClosedRange<Int>,
        digits: Int
    ) -> Int? {
        guard text.utf8.count == digits, let number = Int(text), range.contains(number) else {
            return nil
        }
        return number
    }
}
