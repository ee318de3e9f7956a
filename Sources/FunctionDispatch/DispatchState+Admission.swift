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
        if pools[pool].gates[gate].queue.isEmpty {
            if pools[pool].gates[gate].hasRoom, let worker = pools[pool].idle.popLast() {
                return assign(call, to: worker, now, &out)
            }
            if let worker = windowWorker(for: call) {
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
        arm(pool, calls[call].expires, &out)
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
            observer: invocation
        )
        calls[call].worker = worker
        calls[call].job = job
        calls[call].assigned = now
        let isHead = pools[pool].workers[worker].held.isEmpty
        pools[pool].workers[worker].held.append(call)
        if isHead {
            pools[pool].workers[worker].phase = .busy
            pools[pool].workers[worker].since = now
            count(call)
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

    /// Lets a busy worker of a quick function have a fair share of what waits, to start without
    /// waiting for the host.
    mutating func fillWindow(
        _ pool: Int,
        _ worker: Int,
        _ gate: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard pools[pool].gates[gate].isQuick else { return }
        let share = pools[pool].gates[gate].queue.count / max(1, pools[pool].alive)
        let room = WorkerWindow.slots - pools[pool].workers[worker].held.count
        for _ in 0..<max(0, min(share, room)) {
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

    /// Counts a call as running.
    mutating func count(_ call: Int) {
        guard !calls[call].isCounted else { return }
        calls[call].isCounted = true
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
    private func windowWorker(for call: Int) -> Int? {
        let pool = calls[call].pool.index
        guard pools[pool].gates[calls[call].gate].isQuick, fitsWindow(call) else { return nil }
        var best: Int?
        for (index, worker) in pools[pool].workers.enumerated() {
            guard worker.phase == .busy, worker.held.count < WorkerWindow.slots,
                let last = worker.held.last, calls[last].gate == calls[call].gate
            else { continue }
            if let best, pools[pool].workers[best].held.count <= worker.held.count { continue }
            best = index
        }
        return best
    }

    private func fitsWindow(_ call: Int) -> Bool {
        guard let request = calls[call].invocation?.request else { return false }
        return !calls[call].isRecalled && request.bodyComplete
            && request.body.readableBytes <= Self.windowBody
    }
}
