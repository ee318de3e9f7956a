internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Bodies up to this size may wait in a worker's window.
    static let windowBody = 16 << 10
    /// How long a call may wait in a worker's window.
    static let windowWait = TimeAmount.milliseconds(2)

    /// Takes a call in: runs it, lets it wait, or rejects it.
    mutating func admit(
        _ invocation: Invocation,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let call = invocation.place
        let pool = invocation.entry.pool.index
        let gate = invocation.entry.gate
        let quota = pools[pool].gates[gate].definition.quota
        var wait = TimeAmount(quota.queueWait)
        if let timeout = invocation.request.timeout { wait = min(wait, TimeAmount(timeout)) }
        calls[call] = CallState(now: now)
        calls[call].invocation = invocation
        calls[call].pool = invocation.entry.pool
        calls[call].gate = gate
        calls[call].expires = now + wait
        pools[pool].live += 1
        live += 1
        if let refusal = refusal(pool, gate, invocation.request, now) {
            return end(call, refusal, &out)
        }
        if let wait = pools[pool].gates[gate].takeToken(now) {
            return end(call, rateLimited(pool, gate, wait), &out)
        }
        if pools[pool].gates[gate].isSequence { return admitSequence(call, now, &out) }
        // A worker that is awake costs less than another that has to be woken.
        if pools[pool].gates[gate].queue.isEmpty {
            if let worker = windowWorker(for: call, now) {
                return assign(call, to: worker, now, &out)
            }
            if pools[pool].gates[gate].hasRoom, let worker = pools[pool].idle.popLast() {
                return assign(call, to: worker, now, &out)
            }
        }
        pools[pool].append(call, to: gate)
        grow(pool, now, &out)
        let waiting = pools[pool].gates[gate].queue.count
        if waiting > quota.queueLength + pools[pool].starting {
            pools[pool].withdraw(call, from: gate)
            return end(call, queueFull(pool, gate, waiting - 1), &out)
        }
        let isQuick = pools[pool].gates[gate].isQuick
        let look = isQuick ? min(now + Self.windowWait, calls[call].expires) : calls[call].expires
        arm(pool, look, &out)
    }

    /// Gives a call to a worker: as its next one, or into its window.
    mutating func assign(
        _ call: Int,
        to worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let pool = calls[call].pool.index
        guard let invocation = calls[call].invocation,
            let handle = pools[pool].workers[worker].handle
        else { return }
        // Field by field: copying the whole definition would count up every string in it.
        let gate = calls[call].gate
        let quota = pools[pool].gates[gate].definition.quota
        var deadline = now + TimeAmount(quota.timeout)
        if let timeout = invocation.request.timeout {
            deadline = min(deadline, calls[call].received + TimeAmount(timeout))
        }
        let job = WorkerJob(
            request: invocation.request,
            functionIndex: pools[pool].gates[gate].definition.index,
            quota: quota,
            deadline: deadline,
            assigned: now,
            observer: invocation
        )
        calls[call].worker = worker
        calls[call].job = job
        calls[call].assigned = now
        let isHead = pools[pool].workers[worker].held.isEmpty
        pools[pool].workers[worker].held.append(call)
        if isHead {
            pools[pool].workers[worker].phase = .busy
            count(call, now)
            arm(pool, backstop(job), &out)
        } else {
            arm(pool, now + Self.windowWait, &out)
        }
        let isDirect = callerIsHome && pools[pool].workers[worker].isHome
        calls[call].isSubmitted = isDirect
        out.append(
            isDirect
                ? .submit(handle, job, calls[call].pieces) : .confirm(handle, job, invocation)
        )
    }

    /// Gives waiting calls to a worker that has nothing to do, or lets it rest.
    mutating func feed(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let gate = pools[pool].nextGate(calls, now),
            let call = pools[pool].popFirst(of: gate)
        else { return rest(pool, worker, now, &out) }
        assign(call, to: worker, now, &out)
        fillWindow(pool, worker, gate, now, &out)
    }

    /// Gives waiting calls to idle workers, then starts more as far as they are needed.
    mutating func dispatchWaiting(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        while !pools[pool].idle.isEmpty, pools[pool].nextGate(calls, now) != nil,
            let worker = pools[pool].idle.popLast()
        {
            feed(pool, worker, now, &out)
        }
        grow(pool, now, &out)
    }

    /// Lets a busy worker of a quick function have some of what waits, to start without waiting for
    /// the host.
    mutating func fillWindow(
        _ pool: Int,
        _ worker: Int,
        _ gate: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let room = pools[pool].gates[gate].depth - pools[pool].workers[worker].held.count
        for _ in 0..<max(0, room) {
            guard let next = pools[pool].gates[gate].queue.first, fitsWindow(next),
                let call = pools[pool].popFirst(of: gate)
            else { return }
            assign(call, to: worker, now, &out)
        }
    }

    /// When the host steps in because the cell has not ended an invocation.
    func backstop(_ job: WorkerJob) -> NIODeadline {
        job.deadline + TimeAmount(job.quota.cancellationGrace) + TimeAmount(settings.backstop)
    }

    /// Counts the first call of a worker as running.
    mutating func count(_ call: Int, _ now: NIODeadline) {
        guard !calls[call].isCounted, let worker = calls[call].worker else { return }
        calls[call].isCounted = true
        pools[calls[call].pool.index].workers[worker].since = now
        pools[calls[call].pool.index].gates[calls[call].gate].running += 1
    }

    private mutating func rest(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        if case .draining = pools[pool].phase { return retire(pool, worker, &out) }
        if !starved.isEmpty, isStarving { return retire(pool, worker, &out) }
        pools[pool].workers[worker].phase = .idle
        pools[pool].workers[worker].since = now
        pools[pool].idle.append(worker)
        arm(pool, now + pools[pool].idleTime, &out)
    }

    /// The busy worker behind whose last call this one may wait.
    private func windowWorker(for call: Int, _ now: NIODeadline) -> Int? {
        let pool = calls[call].pool.index
        let depth = pools[pool].gates[calls[call].gate].depth
        guard depth > 1, fitsWindow(call), !mustYield(pool) else { return nil }
        var best: (worker: Int, held: Int)?
        for worker in pools[pool].workers.indices where pools[pool].workers[worker].phase == .busy {
            let held = pools[pool].workers[worker].held.count
            guard held < best?.held ?? depth, let last = pools[pool].workers[worker].held.last,
                calls[last].gate == calls[call].gate,
                // One whose call runs for so long is not as quick as its function is on average.
                now < pools[pool].workers[worker].since + Self.windowWait
            else { continue }
            best = (worker, held)
        }
        return best?.worker
    }

    private func fitsWindow(_ call: Int) -> Bool {
        guard let request = calls[call].invocation?.request else { return false }
        return !calls[call].isRecalled && request.bodyComplete
            && request.body.readableBytes <= Self.windowBody
    }
}
