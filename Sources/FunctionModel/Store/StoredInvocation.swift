/// What is known of a queued invocation, from its acceptance until its retention ends.
public struct StoredInvocation: Sendable {
    /// Where it stands.
    public enum State: Sendable, Hashable {
        /// It waits for a worker, or for its time.
        case waiting(notBefore: WallTime?)
        /// It runs; or whoever ran it died, which shows when the lease ends.
        case running(until: WallTime)
        /// It ended well.
        case succeeded
        /// It lies among the dead letters.
        case dead(DeadReason)
        /// It was cancelled.
        case cancelled
    }

    /// Names it.
    public var id: InvocationID
    /// Its function.
    public var function: FunctionName
    /// Where it stands.
    public var state: State
    /// How often it has been started.
    public var attempts: Int
    /// When it was accepted.
    public var received: WallTime
    /// When it ended; `nil` before.
    public var ended: WallTime?
    /// The error of the latest attempt that failed.
    public var error: InvocationError?
    /// The result, once it has ended and while it is kept; usage is left to the record.
    public var result: InvocationResult?

    /// Describes an invocation.
    public init(
        id: InvocationID,
        function: FunctionName,
        state: State,
        attempts: Int,
        received: WallTime
    ) {
        self.id = id
        self.function = function
        self.state = state
        self.attempts = attempts
        self.received = received
    }

    /// Whether it has ended for good.
    public var isOver: Bool {
        switch state {
        case .waiting, .running: false
        case .succeeded, .dead, .cancelled: true
        }
    }
}

/// How much of a function is queued.
public struct QueueDepth: Sendable, Hashable {
    /// Waiting, for a worker or their time.
    public var waiting = 0
    /// Running.
    public var running = 0
    /// Dead letters.
    public var dead = 0

    /// Nothing.
    public init(waiting: Int = 0, running: Int = 0, dead: Int = 0) {
        self.waiting = waiting
        self.running = running
        self.dead = dead
    }
}

/// How much may wait before more is refused.
public struct QueueBounds: Sendable, Hashable {
    /// Of one function.
    public var perFunction: Int
    /// Of all.
    public var total: Int

    /// Describes bounds.
    public init(perFunction: Int = 100_000, total: Int = 1_000_000) {
        self.perFunction = perFunction
        self.total = total
    }
}

/// What became of an invocation that was handed over.
public enum EnqueueVerdict: Sendable, Hashable {
    /// It is durable.
    case accepted
    /// Its id or idempotency key is known already: this is the invocation that stands for it.
    case joined(InvocationID)
    /// Its idempotency key is known with another payload.
    case mismatch(InvocationID)
    /// As much waits as may.
    case queueFull
    /// Another one of a batch that goes as a whole was refused.
    case withheld
}
