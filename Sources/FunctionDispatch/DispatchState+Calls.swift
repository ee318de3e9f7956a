internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// How often one invocation may be begun when its workers get lost.
    static let maximumAttempts = 3

    /// A job is over.
    mutating func finished(
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ result: InvocationResult,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let call = place(of: invocation, job), let worker = calls[call].worker else { return }
        let pool = calls[call].pool.index
        let handle = pools[pool].workers[worker].handle
        let measured = measured(call, worker, result, now)
        let finished = excused(measured, call, worker, now, &out)
        detach(call)
        note(call, worker, finished, now, &out)
        if finished.outcome == .lost {
            settleLost(call, finished, via: handle, now, &out)
        } else {
            end(call, finished, via: handle, &out)
        }
        // A worker that had to stop something may be about to say that it has ended with it; it gets
        // its next call when that has not come.
        if let handle, let link = pools[pool].workers[worker].link, result.outcome.wasStopped {
            out.append(.settle(handle, link))
        } else {
            resume(pool, worker, now, &out)
        }
        if !pools[pool].waiting.isEmpty { dispatchWaiting(pool, now, &out) }
    }

    /// A worker that had to stop something has not ended with it.
    mutating func settle(_ link: WorkerLink, now: NIODeadline, _ out: inout DispatchActions) {
        guard let (pool, worker) = place(of: link) else { return }
        resume(pool, worker, now, &out)
    }

    /// A lost call runs again when that does no harm, else it ends.
    mutating func settleLost(
        _ call: Int,
        _ result: InvocationResult,
        via handle: (any WorkerHandle)?,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let request = calls[call].invocation?.request, request.repeatable,
            request.bodyComplete, !calls[call].hasAnswered, calls[call].cancelled == nil,
            calls[call].attempts < Self.maximumAttempts
        else { return end(call, result, via: handle, &out) }
        releaseChildren(call, &out)
        calls[call].attempts += 1
        requeue([call], now, &out)
    }

    /// On the worker's loop: the job may go to the worker now, unless things have changed.
    mutating func confirm(
        _ invocation: Invocation,
        _ job: WorkerJob,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let call = place(of: invocation, job), let worker = calls[call].worker,
            let handle = pools[calls[call].pool.index].workers[worker].handle
        else { return }
        guard let reason = calls[call].cancelled else {
            calls[call].isSubmitted = true
            return out.append(.submit(handle, job, calls[call].pieces))
        }
        takeBack(call, reason, now, &out)
    }

    /// The worker gave a job back, or had begun with it.
    mutating func recalled(
        _ invocation: Invocation,
        _ job: WorkerJob,
        wasPossible: Bool,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard wasPossible, let call = place(of: invocation, job), let worker = calls[call].worker
        else { return }
        if let reason = calls[call].cancelled { return takeBack(call, reason, now, &out) }
        let pool = calls[call].pool.index
        detach(call)
        calls[call].isRecalled = true
        requeue([call], now, &out)
        resume(pool, worker, now, &out)
        dispatchWaiting(pool, now, &out)
    }

    /// Somebody wants a call to stop.
    mutating func cancel(
        _ invocation: Invocation,
        _ reason: CancelReason,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let call = place(of: invocation), calls[call].cancelled == nil else { return }
        calls[call].cancelled = reason
        let pool = calls[call].pool.index
        if pools[pool].gates[calls[call].gate].isSequence, calls[call].isCounted {
            if let run = calls[call].sequence { out.append(.stopSequence(run, reason)) }
            return
        }
        guard let worker = calls[call].worker, let job = calls[call].job else {
            pools[pool].withdraw(call, from: calls[call].gate)
            return end(call, cancelled(call, reason, now), &out)
        }
        guard calls[call].isSubmitted, let handle = pools[pool].workers[worker].handle else {
            return
        }
        // To the function it is the same: nobody reads what it would still say.
        out.append(.cancel(handle, job, invocation, reason == .answered ? .caller : reason))
    }

    /// A further piece of a request body: the handle to give it to, or kept for later.
    mutating func sendBody(
        _ invocation: Invocation,
        _ piece: BodyPiece
    ) -> (any WorkerHandle, WorkerJob)? {
        guard let call = place(of: invocation) else { return nil }
        if !calls[call].hasConsumed { calls[call].pieces.append(piece) }
        return submitted(call)
    }

    /// Where a call's job is, once the worker has it.
    func submitted(_ invocation: Invocation) -> (any WorkerHandle, WorkerJob)? {
        place(of: invocation).flatMap { submitted($0) }
    }

    /// The worker took some of a request body: what it was handed needn't be kept any longer.
    mutating func consumed(_ invocation: Invocation, _ job: WorkerJob) -> Bool {
        guard let call = place(of: invocation, job) else { return false }
        calls[call].hasConsumed = true
        calls[call].pieces = []
        return true
    }

    /// Something of the response reached the caller.
    mutating func answered(_ invocation: Invocation, _ job: WorkerJob) -> Bool {
        guard let call = place(of: invocation, job) else { return false }
        calls[call].hasAnswered = true
        return true
    }

    /// Keeps a log line, within the quota; false when the invocation is over.
    mutating func logged(_ invocation: Invocation, _ line: LogLine) -> Bool {
        guard let call = place(of: invocation) else { return false }
        let limit = invocation.entry.definition.quota.logSize.bytes + 1_024
        let size = line.keptBytes
        guard calls[call].logBytes + size <= limit, calls[call].log.count < 4_096 else {
            return true
        }
        calls[call].logBytes += size
        calls[call].log.append(line)
        return true
    }

    private func submitted(_ call: Int) -> (any WorkerHandle, WorkerJob)? {
        guard calls[call].isSubmitted, let job = calls[call].job, let worker = calls[call].worker,
            let handle = pools[calls[call].pool.index].workers[worker].handle
        else { return nil }
        return (handle, job)
    }

    /// Ends a cancelled call that its worker has not begun.
    private mutating func takeBack(
        _ call: Int,
        _ reason: CancelReason,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let worker = calls[call].worker else { return }
        let pool = calls[call].pool.index
        let result = cancelled(call, reason, now)
        detach(call)
        end(call, result, &out)
        resume(pool, worker, now, &out)
    }

    /// A worker has one call less: its next one runs, or it gets another.
    private mutating func resume(
        _ pool: Int,
        _ worker: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard pools[pool].phase != .gone, pools[pool].workers[worker].phase == .busy else { return }
        let yields = mustYield(pool)
        guard let head = pools[pool].workers[worker].held.first else {
            if yields { return retire(pool, worker, &out) }
            return feed(pool, worker, now, &out)
        }
        count(head, now)
        if let job = calls[head].job { arm(pool, backstop(job), &out) }
        guard !yields else { return }
        fillWindow(pool, worker, calls[head].gate, now, &out)
    }

    /// Learns from an end: averages, back-off, whether the worker can go on.
    private mutating func note(
        _ call: Int,
        _ worker: Int,
        _ result: InvocationResult,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let pool = calls[call].pool.index
        let gate = calls[call].gate
        pools[pool].gates[gate].ended(result, now)
        if let cell = pools[pool].workers[worker].handle?.cellID {
            pools[pool].gates[gate].left(cell, now)
        }
        if result.outcome.isCrash { noteCrash(pool, gate, of: calls[call].assigned, now, &out) }
        if result.outcome.isCrash || result.outcome == .lost {
            pools[pool].close(worker)
        } else {
            let isGood = result.outcome == .succeeded
            pools[pool].gates[gate].ran(TimeAmount(result.usage.run), isGood: isGood)
        }
        // A cell's own word, so it counts for no more than what the worker may hold.
        let limit = pools[pool].gates[gate].definition.quota.memory.bytes
        let peak = min(result.usage.peakMemory.bytes, limit)
        guard peak > 0 else { return }
        measured(pool, worker, peak)
    }

    /// The worker's result with what only the host knows.
    private func measured(
        _ call: Int,
        _ worker: Int,
        _ result: InvocationResult,
        _ now: NIODeadline
    ) -> InvocationResult {
        var result = result
        let slot = pools[calls[call].pool.index].workers[worker]
        let began = max(calls[call].received, slot.asked)
        let started = slot.ready > began && slot.ready <= calls[call].assigned
        result.usage.started = started ? Duration(slot.ready - began) : .zero
        let waited = Duration(calls[call].assigned - calls[call].received)
        result.usage.queued = waited - result.usage.started
        if result.usage.run == .zero { result.usage.run = Duration(now - calls[call].assigned) }
        if result.outcome == .cancelled, result.error?.retryAfter == nil {
            result.error?.retryAfter = retryTime(call)
        }
        return calls[call].cancelled == .answered ? result.asAnswered : result
    }
}

extension InvocationResult {
    /// The end of a call that was stopped because its caller had all that it asked for: how it took
    /// that is no fault.
    fileprivate var asAnswered: InvocationResult {
        guard outcome == .cancelled || outcome == .failed else { return self }
        var result = self
        result.outcome = .succeeded
        result.error = nil
        return result
    }
}
