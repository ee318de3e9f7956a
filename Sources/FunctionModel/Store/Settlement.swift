/// The last word on a queued invocation; each has exactly one.
public struct Settlement: Sendable {
    /// How it ended for good.
    public enum End: Sendable, Hashable {
        /// It succeeded.
        case succeeded
        /// It becomes a dead letter.
        case dead(DeadReason)
        /// It was cancelled.
        case cancelled
    }

    /// How it ended for good.
    public var end: End
    /// The result of the last attempt.
    public var result: InvocationResult
    /// The record of the last attempt, kept in the same commit.
    public var record: InvocationRecord?
    /// What is to run because of it (destinations, the next step of a sequence), queued in the same
    /// commit.
    public var followUps: [QueuedInvocation]

    /// Describes an end.
    public init(
        _ end: End,
        result: InvocationResult,
        record: InvocationRecord? = nil,
        followUps: [QueuedInvocation] = []
    ) {
        self.end = end
        self.result = result
        self.record = record
        self.followUps = followUps
    }
}

/// Giving an invocation back to be tried again.
public struct Release: Sendable {
    /// When it may be claimed again; `nil` for at once.
    public var notBefore: WallTime?
    /// What went wrong, for whoever asks meanwhile.
    public var error: InvocationError?
    /// False when it was never started: then the attempt doesn't count.
    public var countsAttempt: Bool
    /// Whether the host or the version went away under it, which is hardly its fault: the attempt
    /// counts, but another one is added, as in `InvocationQueue.recover(holder:)`.
    public var isInterrupted = false
    /// The record of the attempt, kept in the same commit.
    public var record: InvocationRecord?
    /// What it goes on with, in the same commit, where a step of a sequence has succeeded; it gets the
    /// attempts of a new step.
    public var step: SequenceStep?

    /// Describes a return.
    public init(
        notBefore: WallTime? = nil,
        error: InvocationError? = nil,
        countsAttempt: Bool = true,
        record: InvocationRecord? = nil
    ) {
        self.notBefore = notBefore
        self.error = error
        self.countsAttempt = countsAttempt
        self.record = record
    }
}

/// Why an invocation became a dead letter.
public enum DeadReason: String, Sendable, Codable, CaseIterable {
    /// Its last attempt failed.
    case attemptsExhausted
    /// Its maximum age or deadline passed before it could run (again).
    case expired
    /// It failed in a way that another attempt can't cure.
    case permanent
    /// Whoever ran its last attempt was never heard of again.
    case lost
    /// What was stored of it was damaged.
    case corrupt
    /// Functions queued each other too deeply.
    case tooDeep
    /// Its function isn't served any more.
    case noSuchFunction
}

/// What a cancellation met.
public enum CancelVerdict: Sendable, Hashable {
    /// It waited, and won't run.
    case cancelled
    /// It runs under this lease: whoever runs it is to stop it and settle.
    case running(Lease)
    /// It had ended before.
    case ended
    /// There is none of that id.
    case unknown
}
