public import FunctionModel
internal import NIOCore
internal import Synchronization

/// What the queue asks for.
extension Dispatcher: QueueRunner {
    /// What each function that may run now has room for.
    ///
    /// One that pauses after crashes, is quarantined or going away has none, so that what is queued
    /// for it waits without being tried in vain.
    public func places() -> [FunctionName: FunctionPlaces] {
        let now = now
        let entries = routes.functions
        return state.withLock { state in
            guard !state.isStopped else { return [:] }
            return entries.compactMapValues { entry in
                guard let index = state.index(of: entry.pool) else { return nil }
                let pool = state.pools[index]
                let gate = pool.gates[entry.gate]
                guard pool.isOpen, !pool.isQuarantined, !gate.isBackingOff(now) else { return nil }
                let free = gate.freePlaces
                guard free > 0 else { return nil }
                let quota = entry.definition.quota
                let longest =
                    quota.queueWait + quota.startTimeout + quota.timeout + quota.cancellationGrace
                return FunctionPlaces(free: free, longest: longest)
            }
        }
    }

    /// Runs a function and gathers its response up to its limit.
    public func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        let caller = GatheringCaller(done: done)
        let control = invoke(request, observer: caller)
        let entry = table.withLock { $0.functions[request.function] }
        caller.limit((entry?.definition.quota.responseSize ?? Quota().responseSize).bytes, control)
        return control
    }

    /// The record of an invocation that has just ended; `nil` when none is kept.
    public func record(of id: InvocationID) -> InvocationRecord? { records.record(id) }
}
