public import FunctionModel
internal import NIOCore
internal import Synchronization

/// What the queue asks for.
extension Dispatcher: QueueRunner {
    /// What each function that may run now has room for; only of those named, unless `nil`.
    ///
    /// One that pauses after crashes, is quarantined or going away has none, so that what is queued
    /// for it waits without being tried in vain.
    public func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        let now = now
        let served = routes.functions
        return state.withLock { state in
            guard !state.isStopped else { return [:] }
            guard let functions else {
                return served.compactMapValues { places(of: $0, state, now) }
            }
            var found: [FunctionName: FunctionPlaces] = [:]
            for function in functions {
                found[function] = served[function].flatMap { places(of: $0, state, now) }
            }
            return found
        }
    }

    private func places(
        of entry: FunctionEntry,
        _ state: borrowing DispatchState,
        _ now: NIODeadline
    ) -> FunctionPlaces? {
        guard let index = state.index(of: entry.pool), state.pools[index].isOpen,
            !state.pools[index].isQuarantined,
            !state.pools[index].gates[entry.gate].isBackingOff(now)
        else { return nil }
        let free = state.pools[index].gates[entry.gate].freeForQueue
        let ahead = state.pools[index].gates[entry.gate].ahead
        guard free + ahead > 0 else { return nil }
        let longest = entry.definition.quota.longestCall
        return FunctionPlaces(free: free, longest: longest, ahead: ahead)
    }

    /// How long a call of a function may take, waiting and starting included.
    public func longestCall(of function: FunctionName) -> Duration {
        let quota = entry(of: function)?.definition.quota ?? Quota()
        return quota.longestCall
    }

    /// Runs a function and gathers its response up to its limit.
    public func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        var done = done
        if let sequence = request.queued?.sequence, let entry = entry(of: sequence) {
            let isFirst = request.queued?.isContinued == false
            let refusal = change { state, now in
                state.beginStep(entry.pool, entry.gate, isFirst: isFirst, now: now)
            }
            if let refusal {
                eventLoop.execute { [done] in done(refusal) }
                return EndedControl()
            }
            done = { [done] result in
                self.decide { $0.endStep(entry.pool, entry.gate, now: $1, &$2) }
                done(result)
            }
        }
        let caller = GatheringCaller(done: done)
        let control = invoke(request, observer: caller)
        let entry = table.withLock { $0.functions[request.function] }
        caller.limit((entry?.definition.quota.responseSize ?? Quota().responseSize).bytes, control)
        return control
    }

    /// The functions that a served one consists of; empty where it isn't a sequence.
    public func steps(of function: FunctionName) -> [FunctionName] {
        table.withLock { $0.functions[function]?.definition.steps } ?? []
    }

    /// The record of an invocation that has just ended; `nil` when none is kept.
    public func record(of id: InvocationID) -> InvocationRecord? { records.record(id) }
}

extension Quota {
    /// How long a call may take, waiting and starting included.
    var longestCall: Duration { queueWait + startTimeout + timeout + cancellationGrace }
}
