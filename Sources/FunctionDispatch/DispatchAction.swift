internal import FunctionModel
internal import NIOCore

/// What the shell has to do once the lock is released.
enum DispatchAction: Sendable {
    /// Give a job to a worker, with the parts of its body that have come meanwhile.
    case submit(any WorkerHandle, WorkerJob, [BodyPiece])
    /// On the worker's loop, ask again whether a job is still to be submitted, then do.
    case confirm(any WorkerHandle, WorkerJob, Invocation)
    /// Start a worker.
    case start(WorkerPlan, WorkerLink)
    /// End a worker.
    case retire(any WorkerHandle)
    /// Take a job back and say whether that was possible.
    case recall(any WorkerHandle, WorkerJob, Invocation)
    /// Take a job back when it has not started, else ask it to stop.
    case cancel(any WorkerHandle, WorkerJob, Invocation, CancelReason)
    /// Look at a worker again once what it is saying now has been heard.
    case settle(any WorkerHandle, WorkerLink)
    /// Run the steps of a sequence, until the deadline.
    case beginSequence(Invocation, NIODeadline)
    /// Ask a sequence to stop.
    case stopSequence(any InvocationControl, CancelReason)
    /// Cancel what an invocation had called.
    case cancelChildren([any InvocationControl])
    /// Tell the caller, keep the record, count. With a worker: on its loop, behind its last event.
    case end(EndedCall, (any WorkerHandle)?)
    /// Have the state looked at again at this instant.
    case wake(NIODeadline)
    /// A pool's first worker is ready, or could not be started.
    case warmed(PoolID, PluginRefusal?)
    /// A pool is empty and gone.
    case drained(PoolID)
    /// A plugin crashes too often, or has behaved for long enough.
    case supervise(plugin: String, Probation.Change, FunctionName?)
    /// Have a cell renewed.
    case renew(cell: Int)
    /// Nothing is under way any more.
    case quiet

    /// Whether somebody outside is told something by it.
    var isEnd: Bool {
        switch self {
        case .end, .warmed, .drained, .quiet: true
        default: false
        }
    }
}

/// An invocation that is over.
struct EndedCall: Sendable {
    let invocation: Invocation
    let result: InvocationResult
    let attempts: Int
    let log: [LogLine]
}

/// A few actions, without an allocation for the usual one.
struct DispatchActions: Sendable {
    private(set) var first: DispatchAction?
    private(set) var more: [DispatchAction] = []

    mutating func append(_ action: DispatchAction) {
        if first == nil { first = action } else { more.append(action) }
    }
}
