internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Starts as many workers as what waits can use, within the pool's number and the host's budget.
    mutating func grow(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        guard !pools[pool].waiting.isEmpty, pools[pool].startBackoff.remaining(now) == nil else {
            return
        }
        var wanted = 0
        for gate in pools[pool].waiting where !pools[pool].gates[gate].isBackingOff(now) {
            wanted += self.wanted(pool, gate, now)
        }
        while pools[pool].starting < wanted, pools[pool].alive < pools[pool].maximumWorkers {
            guard start(pool, now, &out) else { return }
        }
    }

    /// How many workers should be starting for what waits at a gate.
    ///
    /// One for each call that may run, but of a quick function only as many as bring the expected
    /// wait down. An average may be wrong: what has waited for long gets its worker all the same.
    private func wanted(_ pool: Int, _ gate: Int, _ now: NIODeadline) -> Int {
        let runnable = pools[pool].gates[gate].runnable
        guard pools[pool].gates[gate].isQuick, let first = pools[pool].gates[gate].queue.first,
            !calls[first].isRecalled, now < calls[first].enqueued + Self.windowWait
        else { return runnable }
        var (workers, held) = (0, 0)
        for worker in pools[pool].workers where worker.phase == .busy {
            guard let last = worker.held.last, calls[last].gate == gate else { continue }
            workers += 1
            held += worker.held.count
        }
        let waiting = pools[pool].gates[gate].queue.count
        let needed = pools[pool].gates[gate].workers(for: held + waiting)
        return max(0, min(runnable, needed - workers))
    }

    /// Starts one worker; false when the host's budget has no room, and then a pool with an idle
    /// worker has to give it up.
    @discardableResult
    mutating func start(
        _ pool: Int,
        isForced: Bool = false,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) -> Bool {
        guard !pools[pool].isQuarantined else { return false }
        // One that needs more than there is shall have all of it.
        let needed = min(pools[pool].workerMemory, settings.memoryBudget.bytes)
        let fits =
            workers < settings.maximumWorkers && memory + needed <= settings.memoryBudget.bytes
            && !isBehind(pool)
        if !fits {
            evict(&out)
            if !isForced {
                if !starved.contains(pools[pool].id) { starved.append(pools[pool].id) }
                return false
            }
        }
        let place = pools[pool].freeWorkers.popLast() ?? pools[pool].workers.count
        let link = WorkerLink(pool: pools[pool].id, index: place)
        let slot = WorkerSlot(link: link, now: now, memory: needed)
        if place == pools[pool].workers.count {
            pools[pool].workers.append(slot)
        } else {
            pools[pool].workers[place] = slot
        }
        pools[pool].alive += 1
        pools[pool].starting += 1
        workers += 1
        memory += needed
        arm(pool, startBackstop(pool, place), &out)
        out.append(.start(pools[pool].plan, link))
        return true
    }

    /// Retires the worker that has been idle longest, so that another pool may have its room.
    private mutating func evict(_ out: inout DispatchActions) {
        var oldest: (pool: Int, worker: Int, since: NIODeadline)?
        for pool in pools.indices {
            guard let worker = pools[pool].idle.first else { continue }
            let since = pools[pool].workers[worker].since
            if let oldest, oldest.since <= since { continue }
            oldest = (pool, worker, since)
        }
        if let oldest { retire(oldest.pool, oldest.worker, &out) }
    }
}
