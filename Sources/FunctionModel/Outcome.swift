/// How an invocation ended; exactly one each.
public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// The function answered.
    case succeeded
    /// The function threw, or refused its input.
    case failed
    /// The function trapped, exited or was ended by a signal.
    case crashed
    /// It ran past its wall-time limit.
    case timedOut
    /// It used more CPU time than its limit.
    case cpuExceeded
    /// It asked for more memory than its limit.
    case memoryExceeded
    /// The caller went away, or an operator cancelled it.
    case cancelled
    /// It was never started: a limit, back-off or draining.
    case rejected
    /// Its cell ended while it ran, for no fault of its own, and it may not be repeated.
    case lost
}

/// Why an invocation came to be.
public enum TriggerKind: String, Sendable, Codable, CaseIterable {
    /// A request on the function listener.
    case http
    /// A tick of a schedule.
    case cron
    /// A file that was added, changed or removed.
    case file
    /// A queued, asynchronous invocation.
    case queue
    /// An event that the function subscribes to.
    case event
    /// A call by another function.
    case call
    /// A call by an operator.
    case `operator`
}

/// Why a running invocation is asked to stop.
public enum CancelReason: UInt8, Sendable {
    /// The caller has gone.
    case caller = 1
    /// Its time is up.
    case timeout = 2
    /// The host, the plugin's version or the cell is going away.
    case drain = 3
    /// An operator asked for it.
    case `operator` = 4
    /// The caller has all that it asked for, as after the head of a stream; the function hears that
    /// the caller has gone, and the invocation counts as succeeded.
    case answered = 5
}
