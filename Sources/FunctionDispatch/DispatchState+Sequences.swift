internal import FunctionModel
internal import NIOCore

/// Sequences: admitted, counted and limited as any function, and run by no worker of their own.
extension DispatchState {
    /// Begins a sequence, or lets it wait until fewer of it run.
    mutating func admitSequence(_ call: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        let pool = calls[call].pool.index
        let gate = calls[call].gate
        let waiting = pools[pool].gates[gate].queue.count
        if waiting == 0, pools[pool].gates[gate].hasRoom { return beginSequence(call, now, &out) }
        guard waiting < pools[pool].gates[gate].definition.quota.queueLength else {
            return end(call, queueFull(pool, gate, waiting), &out)
        }
        pools[pool].gates[gate].queue.append(call)
        arm(pool, calls[call].expires, &out)
    }

    /// Begins what waits, as far as there are places.
    mutating func beginSequences(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        for gate in pools[pool].gates.indices where pools[pool].gates[gate].isSequence {
            while pools[pool].gates[gate].hasRoom,
                let next = pools[pool].gates[gate].queue.popFirst()
            {
                beginSequence(next, now, &out)
            }
        }
    }

    /// Keeps what stops a sequence; why it is to be stopped at once, or `nil`.
    mutating func setSequence(
        _ invocation: Invocation,
        _ run: any InvocationControl
    ) -> CancelReason? {
        guard let call = place(of: invocation) else { return .caller }
        calls[call].sequence = run
        return calls[call].cancelled
    }

    /// A sequence is over.
    mutating func endSequence(
        _ invocation: Invocation,
        _ result: InvocationResult,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let call = place(of: invocation) else { return }
        let pool = calls[call].pool.index
        var result = result
        result.usage.queued += Duration(calls[call].assigned - calls[call].received)
        let took = now - calls[call].assigned
        pools[pool].gates[calls[call].gate].ran(took, isGood: result.outcome == .succeeded)
        end(call, result, &out)
        beginSequences(pool, now, &out)
    }

    /// Takes a sequence that has begun off the books.
    mutating func leaveSequence(_ call: Int) {
        let pool = calls[call].pool.index
        guard calls[call].isCounted, pools[pool].gates[calls[call].gate].isSequence else { return }
        pools[pool].gates[calls[call].gate].running -= 1
        pools[pool].sequences.removeAll { $0 == call }
    }

    // MARK: Steps that the queue runs

    /// The queue runs a step of a sequence: counted as one of it, within its rate.
    ///
    /// - Returns: Why it may not begin; `nil` when it has.
    mutating func beginStep(
        _ id: PoolID,
        _ gate: Int,
        isFirst: Bool,
        now: NIODeadline
    ) -> InvocationResult? {
        guard let pool = index(of: id) else { return nil }
        if isFirst, let wait = pools[pool].gates[gate].takeToken(now) {
            return rateLimited(pool, gate, wait)
        }
        pools[pool].gates[gate].running += 1
        return nil
    }

    /// Such a step is over.
    mutating func endStep(
        _ id: PoolID,
        _ gate: Int,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let pool = index(of: id) else { return }
        pools[pool].gates[gate].running -= 1
        beginSequences(pool, now, &out)
    }

    private mutating func beginSequence(
        _ call: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let invocation = calls[call].invocation else { return }
        let pool = calls[call].pool.index
        let gate = calls[call].gate
        var deadline = now + TimeAmount(pools[pool].gates[gate].definition.quota.timeout)
        if let timeout = invocation.request.timeout {
            deadline = min(deadline, calls[call].received + TimeAmount(timeout))
        }
        calls[call].assigned = now
        calls[call].isCounted = true
        // Its body has come whole.
        calls[call].hasConsumed = true
        pools[pool].sequences.append(call)
        pools[pool].gates[gate].running += 1
        out.append(.beginSequence(invocation, deadline))
    }
}
