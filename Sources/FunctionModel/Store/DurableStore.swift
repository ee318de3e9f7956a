/// Everything that must outlast the host.
///
/// A call that returns has been made durable; one that throws has left nothing behind that was
/// acknowledged. Any task may call. The time comes from a clock that the store was made with.
public protocol DurableStore: InvocationQueue, DeadLetterOffice, RecordArchive, IdempotencyLedger,
    FunctionStateStore, LockTable, ScheduleLedger, FileIndex
{
    /// Removes what is over and old, and gives up what waited too long; a bounded amount each call.
    func sweep(_ policy: RetentionPolicy) async throws(StoreError) -> SweepReport
}

/// Invocations that wait to be run, at least once each.
public protocol InvocationQueue: Sendable {
    /// Accepts invocations in one commit; the verdicts stand in their order.
    ///
    /// With `allOrNone` either all are accepted (or joined) or none is.
    func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool
    ) async throws(StoreError) -> [EnqueueVerdict]

    /// Takes what may run now, fairly among functions, and counts an attempt for each.
    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimReport

    /// Makes a lease last so long from now.
    ///
    /// - Throws: `staleLease`.
    func renew(_ lease: Lease, for duration: Duration) async throws(StoreError) -> RenewedLease

    /// Ends an invocation for good.
    ///
    /// - Throws: `staleLease`.
    func settle(_ lease: Lease, _ settlement: Settlement) async throws(StoreError)

    /// Gives an invocation back; one whose cancellation was asked for is cancelled instead, one
    /// without a further attempt becomes a dead letter.
    ///
    /// - Throws: `staleLease`.
    func release(_ lease: Lease, _ release: Release) async throws(StoreError)

    /// Settles or gives back many in one commit; the verdicts stand in their order, `nil` for what has
    /// been done.
    ///
    /// - Throws: What kept all of them from being done.
    func conclude(_ ends: [LeaseEnd]) async throws(StoreError) -> [StoreError?]

    /// Gives back at once what a holder that died had claimed, and returns how many those were.
    ///
    /// Their attempts count, but each gets one more, up to 16 in all: that the holder died is hardly
    /// their fault.
    func recover(holder: String) async throws(StoreError) -> Int

    /// Keeps an invocation from running (again).
    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict

    /// Returns what is known of an invocation; `nil` when nothing is.
    func stored(_ id: InvocationID) async throws(StoreError) -> StoredInvocation?

    /// Tells of every end from now on, also of those that a claim, a return or a sweep brings about;
    /// replaces the observer before.
    func observeEnds(_ observer: @escaping EndObserver)

    /// Has somebody take what becomes ready, in the commit that makes it so; replaces whoever did before.
    func setTaker(_ taker: any ReadyTaker)

    /// Returns how much is queued, by function.
    func depths() async throws(StoreError) -> [FunctionName: QueueDepth]
}

/// Invocations that were given up.
public protocol DeadLetterOffice: Sendable {
    /// Lists dead letters, oldest first, without their payloads.
    func deadLetters(
        function: FunctionName?,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<DeadLetter>

    /// Returns a dead letter with its payload; `nil` when there is none of that id.
    func deadLetter(_ id: InvocationID) async throws(StoreError) -> DeadLetter?

    /// Queues dead letters again and returns how many; fewer than the limit means that none is left.
    func redrive(
        _ selection: DeadLetterSelection,
        _ redrive: Redrive
    ) async throws(StoreError) -> Int

    /// Removes dead letters for good and returns how many; fewer than the limit: none is left.
    func purge(_ selection: DeadLetterSelection, limit: Int) async throws(StoreError) -> Int
}

/// What is kept of invocations for those who look back.
public protocol RecordArchive: Sendable {
    /// Keeps records in one commit; a record of the same id and attempt replaces the earlier one.
    func archive(_ records: [InvocationRecord]) async throws(StoreError)

    /// Lists records, newest first, without log lines and backtraces.
    func records(_ query: RecordQuery) async throws(StoreError) -> Page<InvocationRecord>

    /// Returns the records of all attempts of an invocation, first one first.
    func records(of id: InvocationID) async throws(StoreError) -> [InvocationRecord]
}

/// What was done under which key.
public protocol IdempotencyLedger: Sendable {
    /// Begins an invocation under a key, unless the key is known.
    ///
    /// For calls that someone waits for; queued ones carry their claim with them. The claim's expiry
    /// should be the call's deadline: until `finish` a key is forgotten then.
    func begin(
        _ claim: IdempotencyClaim,
        for id: InvocationID
    ) async throws(StoreError) -> IdempotencyVerdict

    /// Keeps the result of a call for those who come with its key until `expires`.
    func finish(
        _ key: IdempotencyKey,
        for id: InvocationID,
        result: InvocationResult,
        expires: WallTime
    ) async throws(StoreError)

    /// Forgets a key, so that the call may be made again.
    func forget(_ key: IdempotencyKey, for id: InvocationID) async throws(StoreError)

    /// Says what a key would meet, without beginning anything; `first` when it is unknown.
    func look(_ claim: IdempotencyClaim) async throws(StoreError) -> IdempotencyVerdict
}

/// Values that functions, and parts of the host, keep under keys.
public protocol FunctionStateStore: Sendable {
    /// Returns a value; `nil` when there is none or it has expired.
    func value(_ key: String, in scope: StateScope) async throws(StoreError) -> StateEntry?

    /// Writes a value, if the condition holds and the scope's values stay within the bounds; what
    /// has expired doesn't count.
    ///
    /// - Throws: `tooLarge` where a bound is met.
    func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds
    ) async throws(StoreError) -> StateVerdict

    /// Removes a value, if the condition holds; `written` tells the version that was removed, 0 for
    /// none.
    func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) async throws(StoreError) -> StateVerdict

    /// Lists values whose keys begin with a prefix, in the order of their keys' bytes.
    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<StateEntry>
}

extension FunctionStateStore {
    /// Writes a value, if the condition holds, however much there is in the scope.
    public func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) async throws(StoreError) -> StateVerdict {
        try await put(value, under: key, in: scope, if: condition, within: .none)
    }
}

/// Things that only one may have at a time.
public protocol LockTable: Sendable {
    /// Takes a lock for so long; `nil` while somebody else has it.
    func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant?

    /// Makes a grant last so long from now.
    ///
    /// - Throws: `staleLease`.
    func renew(_ grant: LockGrant, for duration: Duration) async throws(StoreError) -> LockGrant

    /// Gives a lock back.
    ///
    /// - Throws: `staleLease`.
    func unlock(_ grant: LockGrant) async throws(StoreError)
}
