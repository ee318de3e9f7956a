internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Looks at every pool whose instant has come, and says when to look again.
    mutating func tick(_ now: NIODeadline, _ out: inout DispatchActions) {
        while let pool = timers.popDue(now) {
            guard pools[pool].phase != .gone else { continue }
            expireQueues(pool, now, &out)
            endDraining(pool, now, &out)
            guard pools[pool].phase != .gone else { continue }
            // The last end of a drained pool takes all its workers away.
            for worker in pools[pool].workers.indices where pools[pool].phase != .gone {
                check(pool, worker, now, &out)
            }
            guard pools[pool].phase != .gone else { continue }
            dispatchWaiting(pool, now, &out)
            beginSequences(pool, now, &out)
            restore(pool, now, &out)
            rearm(pool, now, &out)
        }
        if let first = timers.first { out.append(.wake(first)) }
    }

    /// What has waited long enough is told so.
    private mutating func expireQueues(
        _ pool: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        for gate in pools[pool].queues {
            let expired = pools[pool].gates[gate].queue.filter { calls[$0].expires <= now }
            for call in expired {
                pools[pool].withdraw(call, from: gate)
                end(call, expiry(call, now), &out)
                if pools[pool].phase == .gone { return }
            }
        }
    }

    private func expiry(_ call: Int, _ now: NIODeadline) -> InvocationResult {
        let pool = calls[call].pool.index
        let gate = calls[call].gate
        if let timeout = calls[call].invocation?.request.timeout,
            timeout < pools[pool].gates[gate].definition.quota.queueWait
        {
            return cancelled(call, .timeout, now)
        }
        if pools[pool].gates[gate].isBackingOff(now) { return backingOff(pool, gate, now) }
        return queueTimeout(pool, gate, now - calls[call].enqueued)
    }

    /// A drain has lasted long enough: what waits ends, what runs is asked to.
    private mutating func endDraining(
        _ pool: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard case .draining(let until) = pools[pool].phase, until <= now else { return }
        for call in calls(of: pool) {
            guard let invocation = calls[call].invocation else { continue }
            cancel(invocation, .drain, now: now, &out)
        }
    }

    /// The calls of a pool: waiting, given to workers, and sequences that have begun.
    func calls(of pool: Int) -> [Int] {
        let waiting = pools[pool].gates.flatMap { Array($0.queue) }
        return waiting + pools[pool].workers.flatMap(\.held) + pools[pool].sequences
    }

    private mutating func check(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let slot = pools[pool].workers[worker]
        guard let link = slot.link else { return }
        switch slot.phase {
        case .starting:
            guard startBackstop(pool, worker) <= now else { return }
            let message = "its worker was not ready within \(pools[pool].plan.startTimeout)"
            let refusal = PluginRefusal(kind: "startTimeout", message: message)
            ended(link, .failedToStart(refusal), unstarted: [], now: now, &out)
        case .idle:
            guard slot.since + pools[pool].idleTime <= now else { return }
            retire(pool, worker, &out)
        case .busy, .closing:
            recallWaiting(pool, worker, now, &out)
            endOverdue(pool, worker, now, &out)
        }
    }

    /// What has waited too long in a window is taken back, the last one first, so that all of it
    /// stands in order at the front of the queue.
    private mutating func recallWaiting(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let handle = pools[pool].workers[worker].handle else { return }
        for call in pools[pool].workers[worker].held.dropFirst().reversed() {
            guard !calls[call].isRecalled, calls[call].isSubmitted,
                calls[call].assigned + Self.windowWait <= now,
                let job = calls[call].job, let invocation = calls[call].invocation
            else { continue }
            calls[call].isRecalled = true
            out.append(.recall(handle, job, invocation))
        }
    }

    /// The cell should have ended an invocation long ago: its caller is told, and the worker gets no
    /// more work.
    private mutating func endOverdue(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let call = pools[pool].workers[worker].held.first, let job = calls[call].job,
            let handle = pools[pool].workers[worker].handle,
            let invocation = calls[call].invocation, overdue(call, job) <= now
        else { return }
        let timedOut = result(
            call,
            calls[call].cancelled == nil ? .timedOut : .cancelled,
            "it did not stop in time, and its worker is given up",
            now
        )
        out.append(.cancel(handle, job, invocation, .timeout))
        detach(call)
        retire(pool, worker, &out)
        end(call, timedOut, via: handle, &out)
    }

    /// When the host gives a running call up; with a drain behind it, sooner.
    private func overdue(_ call: Int, _ job: WorkerJob) -> NIODeadline {
        guard calls[call].cancelled == .drain,
            case .draining(let until) = pools[calls[call].pool.index].phase
        else { return backstop(job) }
        let grace = TimeAmount(job.quota.cancellationGrace) + TimeAmount(settings.backstop)
        return min(backstop(job), until + grace)
    }

    /// Has the pool looked at again at the earliest instant that matters to it.
    private mutating func rearm(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        var next = NIODeadline.distantFuture
        for gate in pools[pool].queues {
            for call in pools[pool].gates[gate].queue { next = min(next, calls[call].expires) }
            if pools[pool].gates[gate].isQuick, let first = pools[pool].gates[gate].queue.first,
                now < calls[first].enqueued + Self.windowWait
            {
                next = min(next, calls[first].enqueued + Self.windowWait)
            }
            if let wait = pools[pool].gates[gate].pause(now) {
                next = min(next, now + wait)
            }
        }
        if !pools[pool].waiting.isEmpty, let wait = pools[pool].startBackoff.remaining(now) {
            next = min(next, now + wait)
        }
        for worker in pools[pool].workers.indices { next = min(next, instant(pool, worker)) }
        if case .draining(let until) = pools[pool].phase, now < until { next = min(next, until) }
        if let restoration = restoration(pool) { next = min(next, restoration) }
        guard next < .distantFuture else { return }
        arm(pool, max(next, now + .milliseconds(1)), &out)
    }

    private func instant(_ pool: Int, _ worker: Int) -> NIODeadline {
        let slot = pools[pool].workers[worker]
        guard slot.link != nil else { return .distantFuture }
        switch slot.phase {
        case .starting: return startBackstop(pool, worker)
        case .idle: return slot.since + pools[pool].idleTime
        case .busy, .closing:
            var next = NIODeadline.distantFuture
            if let head = slot.held.first, let job = calls[head].job { next = overdue(head, job) }
            for call in slot.held.dropFirst() where !calls[call].isRecalled {
                next = min(next, calls[call].assigned + Self.windowWait)
            }
            return next
        }
    }
}
