public import FunctionModel
internal import Synchronization

/// What others have done in the store beside this trigger.
extension QueueTrigger {
    /// The cancellation of an invocation has been asked for: it is stopped where it runs.
    public func note(cancelled id: InvocationID) {
        if let action = state.withLock({ $0.cancel(id) }) { perform(action) }
    }
}
