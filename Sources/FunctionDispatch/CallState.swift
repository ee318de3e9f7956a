internal import FunctionModel
internal import NIOCore

/// A piece of a request body.
struct BodyPiece: Sendable {
    var bytes: ByteBuffer
    var isLast: Bool
}

/// One invocation under way, in the dispatcher's books.
///
/// Its place is free again once it has ended; whoever comes later finds another invocation there,
/// or none.
struct CallState: Sendable {
    var invocation: Invocation?
    var pool = PoolID(index: 0, generation: 0)
    var gate = 0
    /// The worker it was given to; `nil` while it waits in the queue.
    var worker: Int?
    /// What that worker was given.
    var job: WorkerJob?
    /// Whether the worker has been handed the job, on its loop.
    var isSubmitted = false
    /// Whether its gate counts it as running.
    var isCounted = false
    /// What runs the steps of a sequence that has begun.
    var sequence: (any InvocationControl)?
    /// Whether it has waited in a window for too long once; it won't again.
    var isRecalled = false
    /// Whether anything of it has reached the caller, so that it can't begin again.
    var hasAnswered = false
    var attempts = 1
    var received: NIODeadline
    var enqueued: NIODeadline
    var assigned: NIODeadline
    /// When it has waited long enough for a worker.
    var expires: NIODeadline
    /// Why it was asked to stop.
    var cancelled: CancelReason?
    /// The parts of its body that came later, as long as it can begin again.
    var pieces: [BodyPiece] = []
    /// Whether the worker has taken some of the body.
    var hasConsumed = false
    /// What it has asked of the host and waits for.
    var children: [UInt32: Child] = [:]
    var log: [LogLine] = []
    var logBytes = 0

    /// Something that it has asked of the host.
    struct Child: Sendable {
        /// What stops it; `nil` while it is being begun.
        var control: (any InvocationControl)?
        /// Whether it is a call of another function, for which a worker may be needed.
        let isCall: Bool
    }

    /// Whether it waits for another function, so that its place is lent.
    var isBlocked: Bool { children.values.contains { $0.isCall } }

    /// A free place.
    static let free = CallState(now: .uptimeNanoseconds(0))

    init(now: NIODeadline) {
        received = now
        enqueued = now
        assigned = now
        expires = now
    }
}
