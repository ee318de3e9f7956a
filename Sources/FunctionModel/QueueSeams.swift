/// Runs what was queued, under the same admission as everything else.
///
/// Implemented by `FunctionDispatch`.
public protocol QueueRunner: Sendable {
    /// What each function that may run now has room for; only of those named, unless `nil`.
    func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces]

    /// Runs a function and gathers its response; `done` hears exactly one end, never before this call
    /// has returned.
    func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl

    /// The functions that a served one consists of; empty where it isn't a sequence.
    func steps(of function: FunctionName) -> [FunctionName]

    /// The record of an invocation that has just ended; `nil` when none is kept.
    func record(of id: InvocationID) -> InvocationRecord?
}

/// What a function has room for.
public struct FunctionPlaces: Sendable, Hashable {
    /// How many more may begin now.
    public var free: Int
    /// How long one may take at most, waiting and starting included.
    public var longest: Duration
    /// How many beyond them may be claimed ahead, so that a place that becomes free doesn't wait for
    /// the disk: about as many as run in the time of a few commits.
    public var ahead: Int

    /// Describes room.
    public init(free: Int, longest: Duration, ahead: Int = 0) {
        self.free = free
        self.longest = longest
        self.ahead = ahead
    }
}

/// Says what is to run because an invocation has ended for good; it is queued in the same commit.
public typealias FollowUps = @Sendable (ClaimedInvocation, Settlement) -> [QueuedInvocation]

/// Takes work that is to run later, and tells what has become of it.
///
/// Implemented by `TriggerQueue`.
public protocol InvocationDesk: Sendable {
    /// Accepts an invocation; it is durable when this returns `accepted`.
    ///
    /// - Parameters:
    ///   - invocation: What is to run.
    ///   - key: The caller's idempotency key; `nil` for none.
    /// - Returns: What became of it.
    /// - Throws: `StoreError`; nothing was accepted then.
    func accept(
        _ invocation: QueuedInvocation,
        key: String?
    ) async throws(StoreError) -> EnqueueVerdict

    /// Accepts invocations with their callers' wishes in one commit: all or none.
    ///
    /// - Throws: `StoreError`; nothing was accepted then.
    func submit(_ submissions: [Submission]) async throws(StoreError) -> SubmitVerdict

    /// Returns what is known of an invocation, at its end or after the wait; `nil` when nothing is.
    func stored(
        _ id: InvocationID,
        waiting: Duration
    ) async throws(StoreError) -> StoredInvocation?

    /// Keeps an invocation from running (again), and asks it to stop where it runs.
    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict
}
