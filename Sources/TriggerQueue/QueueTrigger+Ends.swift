internal import FunctionModel
internal import Logging
internal import Synchronization

/// How runs end: what the store is told, and what follows its answer.
extension QueueTrigger {
    /// Hears of every end that has become durable, whoever decided it: a run, a sweep, a claim or
    /// somebody who cancelled.
    static func observer(
        _ waiters: EndWaiters,
        _ onDeadLetter: @escaping @Sendable (FunctionName, DeadReason) -> Void,
        _ onEnds: @escaping EndObserver
    ) -> EndObserver {
        { ends in
            onEnds(ends)
            for end in ends {
                if case .dead(let reason) = end.end, let function = end.function {
                    onDeadLetter(function, reason)
                }
                waiters.ended(end.id)
            }
        }
    }

    /// Hands an end to the store; never waits.
    func write(_ end: LeaseEnd) {
        let failures = state.withLock { $0.held[end.lease.id]?.failures ?? 0 }
        ends.write(EndWriter.Entry(end: end, isAlone: failures > 0)) { [weak self] in
            self?.written($0, $1)
        }
    }

    /// The store has answered a batch of ends.
    private func written(_ entries: [EndWriter.Entry], _ verdicts: [StoreError?]) {
        for (entry, error) in zip(entries, verdicts) {
            if let error { complain(entry.end.lease, error) } else { done(entry) }
        }
        let time = now()
        let mayClaim = state.withLock { state in
            for (entry, error) in zip(entries, verdicts) {
                let lease = entry.end.lease
                switch error {
                case nil, .staleLease: state.over(lease.id, token: lease.token)
                case let error?: state.endingFailed(lease.id, error, now: time)
                }
            }
            return !state.candidates.isEmpty
        }
        if mayClaim { signal.yield() }
    }

    private func done(_ entry: EndWriter.Entry) {
        guard case .release(let release) = entry.end.kind, let time = release.notBefore else {
            return
        }
        arm(time)
    }

    private func complain(_ lease: Lease, _ error: StoreError) {
        if error == .staleLease {
            logger.warning("invocation \(lease.id) ended after its lease; it runs again")
        } else {
            logger.warning("the end of invocation \(lease.id) can't be stored yet: \(error)")
        }
    }
}
