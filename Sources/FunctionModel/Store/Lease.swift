/// The right to run one queued invocation until an instant.
///
/// Each claim of an invocation has a higher token than the one before, so that whoever held it
/// earlier can be told from whoever holds it now.
public struct Lease: Sendable, Hashable {
    /// What may be run.
    public var id: InvocationID
    /// Which claim this is.
    public var token: Int64
    /// Until when, unless it is renewed.
    public var expires: WallTime

    /// Describes a lease.
    public init(id: InvocationID, token: Int64, expires: WallTime) {
        self.id = id
        self.token = token
        self.expires = expires
    }
}

/// What whoever runs functions has room for.
public struct ClaimRequest: Sendable {
    /// Who claims: `recover(holder:)` gives back what it held when it died.
    public var holder: String
    /// How many at most.
    public var limit: Int
    /// The functions that may run now.
    public var allowances: [FunctionName: ClaimAllowance]
    /// What whoever claims still holds: a clock that was set forward doesn't take it away, for its
    /// leases are renewed or ended by their holder.
    public var holding: Set<InvocationID> = []
    /// How much the payloads may have together; one is taken whatever it has.
    public var payload = ByteCount.mebibytes(64)
    /// Whether it may get what is to begin a moment later.
    public var mayHold = false

    /// Asks for invocations.
    public init(
        holder: String,
        limit: Int = 32,
        allowances: [FunctionName: ClaimAllowance]
    ) {
        self.holder = holder
        self.limit = limit
        self.allowances = allowances
    }
}

/// What a claim may take of one function.
public struct ClaimAllowance: Sendable, Hashable {
    /// How many at most.
    public var count: Int
    /// For how long: longer than the function's timeout.
    public var lease: Duration

    /// Describes an allowance.
    public init(count: Int, lease: Duration) {
        self.count = count
        self.lease = lease
    }
}

/// What a claim got.
public struct ClaimReport: Sendable {
    /// What is to be run now.
    public var claimed: [ClaimedInvocation] = []
    /// What became a dead letter on the way, with its reason.
    public var dead: [InvocationID: DeadReason] = [:]
    /// When something else becomes due; `nil` when nothing waits for a time.
    public var nextDue: WallTime?
    /// Whether payloads took all the room there was, so that more may be ready than came.
    public var isCut = false

    /// Nothing.
    public init() {}
}

/// An invocation with the right to run it.
public struct ClaimedInvocation: Sendable {
    /// What is to be run.
    public var invocation: QueuedInvocation
    /// Which attempt this is, 1 for the first; it has been counted durably.
    public var attempt: Int
    /// How many there may be.
    public var attemptLimit: Int
    /// When it was accepted.
    public var received: WallTime
    /// When it is too old to be started again.
    public var expires: WallTime
    /// The right to run it.
    public var lease: Lease
    /// When it may begin, by the time of day; `nil` for at once.
    public var start: WallTime?

    /// Describes a claim.
    public init(
        invocation: QueuedInvocation,
        attempt: Int,
        attemptLimit: Int,
        received: WallTime,
        expires: WallTime,
        lease: Lease
    ) {
        self.invocation = invocation
        self.attempt = attempt
        self.attemptLimit = attemptLimit
        self.received = received
        self.expires = expires
        self.lease = lease
    }
}

/// A lease that goes on.
public struct RenewedLease: Sendable, Hashable {
    /// The lease with its new end.
    public var lease: Lease
    /// Whether somebody wants the invocation to stop.
    public var isCancelRequested: Bool

    /// Describes a renewal.
    public init(lease: Lease, isCancelRequested: Bool) {
        self.lease = lease
        self.isCancelRequested = isCancelRequested
    }
}
