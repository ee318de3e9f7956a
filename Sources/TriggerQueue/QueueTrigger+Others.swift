public import FunctionModel
internal import Synchronization

/// What others have done in the store beside this trigger.
extension QueueTrigger {
    /// Something of these functions has been queued: it is claimed at once.
    public func note(queued functions: Set<FunctionName>) {
        state.withLock { state in
            for function in functions { state.expect(function) }
        }
        signal.yield()
    }

    /// The cancellation of an invocation has been asked for: it is stopped where it runs.
    public func note(cancelled id: InvocationID) {
        if let action = state.withLock({ $0.cancel(id) }) { perform(action) }
    }
}
