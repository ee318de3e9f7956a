public import FunctionModel

/// Bounds and times of the queue trigger.
public struct QueueSettings: Sendable {
    /// Who claims: the same over restarts, so that what was claimed before is given back at once.
    public var holder: String
    /// How many are claimed in one commit, to begin with.
    public var claimLimit = 32
    /// How many at most where one claim after the other is full; each such one doubles the next.
    public var largestClaim = 256
    /// How many may be in hand: running, or waiting to be settled.
    public var heldLimit = 1_024
    /// How many at most with those that commits have begun, where many ticks are due at one instant.
    public var burstLimit = 16_384
    /// How much the payloads and results of what is in hand may take before nothing more is claimed.
    public var heldBytes = ByteCount.mebibytes(64)
    /// How long a function that a sequence needs may be out of service, as it is at a start or between
    /// two versions, before what needs it is given up.
    public var longestAbsence: Duration = .seconds(60)
    /// How much longer a lease lasts than the longest run.
    public var leaseGrace: Duration = .seconds(10)
    /// How often the queue is looked at without any sign that something waits there.
    public var lookInterval: Duration = .seconds(1)
    /// The first pause after the store has refused; doubles up to `longestPause`.
    public var shortestPause: Duration = .milliseconds(100)
    /// The longest pause while the store refuses.
    public var longestPause: Duration = .seconds(5)
    /// How long what was refused admission waits before it is tried again, unless told longer.
    public var refusedPause: Duration = .milliseconds(500)
    /// How long an idempotency key of a queued invocation is known.
    public var keyLifetime: Duration = .seconds(86_400)
    /// How many callers may wait for ends.
    public var waiterLimit = 10_000
    /// When failed attempts are repeated.
    public var retries = RetryPolicy()
    /// How much may wait.
    public var bounds = QueueBounds()

    /// The defaults of the design.
    public init(holder: String) { self.holder = holder }
}
