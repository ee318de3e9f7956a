internal import FunctionModel
internal import NIOCore

/// Crashes that were another's doing.
extension DispatchState {
    /// How long a cell that somebody has destroyed may go on bringing others down.
    private static let memory = TimeAmount.minutes(1)

    /// The end of a call, as lost instead of crashed where somebody else in its cell is likelier to have
    /// destroyed what it crashed on: it is a bystander there, and another isn't.
    mutating func excused(
        _ result: InvocationResult,
        _ call: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) -> InvocationResult {
        let (pool, gate) = (calls[call].pool.index, calls[call].gate)
        guard result.mayBeAnothers, pools[pool].plan.isolation == .thread,
            let cell = pools[pool].workers[worker].handle?.cellID
        else { return result }
        harmedCells = harmedCells.filter { now - $0.value < Self.memory }
        let isKnown = harmedCells[cell] != nil
        guard suspect(pool, gate).isBystander else {
            if !isKnown { harm(cell, now, &out) }
            return result
        }
        let others = (running(in: cell) + ran(in: cell, now)).filter { $0.pool != pool }
        let blame = Blame(running: others.filter { !$0.isBystander }, before: [])
        guard isKnown || blame != .nobody else { return result }
        pools[pool].gates[gate].incidents += 1
        if !isKnown {
            for suspect in blame.suspects {
                noteCrash(suspect.pool, suspect.gate ?? 0, of: calls[call].assigned, now, &out)
            }
            harm(cell, now, &out)
        }
        return .lostToANeighbour(usage: result.usage)
    }

    private mutating func harm(_ cell: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        harmedCells[cell] = now
        out.append(.renew(cell: cell))
    }

    /// Functions that run in a cell.
    private func running(in cell: Int) -> [Blame.Suspect] {
        pools.indices.filter { pools[$0].phase == .serving }.flatMap { pool in
            pools[pool].workers.compactMap { worker in
                guard worker.handle?.cellID == cell, let call = worker.held.first else {
                    return nil
                }
                return suspect(pool, calls[call].gate)
            }
        }
    }
}

extension InvocationResult {
    fileprivate static func lostToANeighbour(usage: Usage) -> InvocationResult {
        InvocationResult(
            outcome: .lost,
            error: InvocationError(
                kind: "cellLost",
                message: "memory of the process that ran the function was destroyed, by another "
                    + "function as it seems; how far the invocation had come is not known",
                retryable: true
            ),
            usage: usage
        )
    }
}
