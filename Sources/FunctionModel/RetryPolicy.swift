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
        let time = now + delay(after: attempt, asked: askedDelay(result), using: &generator)
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

    /// The wait that a function asked for, in its error or as `Retry-After` in whole seconds.
    private func askedDelay(_ result: InvocationResult) -> Duration? {
        if let asked = result.error?.retryAfter { return asked }
        let field = result.head?.headers.first { $0.name.lowercased() == "retry-after" }
        return field.flatMap { UInt32($0.value) }.map { .seconds($0) }
    }
}
