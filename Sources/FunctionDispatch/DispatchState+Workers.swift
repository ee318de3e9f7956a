internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Starts that may be lost with their cells in a row before there are pauses between them.
    private static let lostAtOnce = 4
    /// Starts that may be lost so before what waits is told.
    private static let lostAtMost = 10

    /// A worker is ready.
    mutating func started(
        _ link: WorkerLink,
        _ handle: any WorkerHandle,
        isHome: Bool,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let (pool, worker) = place(of: link),
            pools[pool].workers[worker].phase == .starting
        else { return out.append(.retire(handle)) }
        pools[pool].workers[worker].handle = handle
        pools[pool].workers[worker].isHome = isHome
        pools[pool].workers[worker].ready = now
        pools[pool].workers[worker].since = now
        pools[pool].starting -= 1
        pools[pool].startBackoff = CrashBackoff()
        pools[pool].lostStarts = 0
        pools[pool].startProblem = nil
        if pools[pool].phase == .warming { out.append(.warmed(pools[pool].id, nil)) }
        feed(pool, worker, now, &out)
        if let moving = pools[pool].workers.firstIndex(where: \.isMoving) {
            pools[pool].workers[moving].isMoving = false
            retire(pool, moving, &out)
        }
    }

    /// A worker's cell is being renewed: it goes on until another has taken its place.
    ///
    /// Of several idle ones it just goes.
    mutating func move(_ link: WorkerLink, now: NIODeadline, _ out: inout DispatchActions) {
        guard let (pool, worker) = place(of: link) else { return }
        let slot = pools[pool].workers[worker]
        guard slot.phase == .busy || slot.phase == .idle, !slot.isMoving else { return }
        let isSpare = slot.phase == .idle && pools[pool].idle.count > 1
        guard pools[pool].phase == .serving, !isSpare, start(pool, isForced: true, now, &out) else {
            return retire(pool, worker, &out)
        }
        pools[pool].workers[worker].isMoving = true
    }

    /// A worker is gone.
    ///
    /// What it held goes back to the front of the queue in order, except what may have started
    /// without an end having been reported.
    mutating func ended(
        _ link: WorkerLink,
        _ reason: WorkerEnd,
        unstarted: [WorkerJob],
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let (pool, worker) = place(of: link) else { return }
        let slot = pools[pool].workers[worker]
        let wasExpected = slot.phase == .closing
        let wasStarting = slot.phase == .starting
        pools[pool].close(worker)
        var again: [Int] = []
        var lost: [Int] = []
        for call in slot.held {
            let job = calls[call].job
            let isKnown = !calls[call].isSubmitted || unstarted.contains { $0 === job }
            if isKnown { again.append(call) } else { lost.append(call) }
        }
        for call in slot.held { detach(call) }
        for call in lost {
            let message = "its worker ended without saying how far it had come"
            settleLost(call, result(call, .lost, message, now), via: slot.handle, now, &out)
        }
        requeue(again, now, &out)
        free(pool, worker)
        if wasStarting, case .cellLost = reason {
            loseStart(pool, now, &out)
        } else if wasStarting, case .cellRenewed = reason {
            loseStart(pool, now, &out)
        } else {
            follow(reason, pool, wasExpected: wasExpected, now, &out)
        }
        guard pools[pool].phase != .gone else { return }
        dispatchWaiting(pool, now, &out)
        serveStarved(now, &out)
        dissolve(pool, &out)
    }

    /// Takes a call off its worker's books.
    mutating func detach(_ call: Int) {
        guard let worker = calls[call].worker else { return }
        let pool = calls[call].pool.index
        pools[pool].workers[worker].held.removeAll { $0 == call }
        if calls[call].isCounted { pools[pool].gates[calls[call].gate].running -= 1 }
        calls[call].isCounted = false
        calls[call].worker = nil
        calls[call].job = nil
        calls[call].isSubmitted = false
    }

    /// Puts calls back to the front of their queues, in order.
    mutating func requeue(_ list: [Int], _ now: NIODeadline, _ out: inout DispatchActions) {
        for call in list.reversed() {
            if let reason = calls[call].cancelled {
                end(call, cancelled(call, reason, now), &out)
                continue
            }
            let pool = calls[call].pool.index
            if pools[pool].isQuarantined {
                end(call, quarantined(pool, calls[call].gate), &out)
                continue
            }
            pools[pool].prepend(call, to: calls[call].gate)
            arm(pool, max(calls[call].expires, now), &out)
        }
    }

    /// Ends a worker when what it has been given is done.
    mutating func retire(_ pool: Int, _ worker: Int, _ out: inout DispatchActions) {
        pools[pool].close(worker)
        if let handle = pools[pool].workers[worker].handle { out.append(.retire(handle)) }
    }

    /// When a start has taken so long that the host gives it up.
    func startBackstop(_ pool: Int, _ worker: Int) -> NIODeadline {
        pools[pool].workers[worker].asked + TimeAmount(pools[pool].plan.startTimeout)
            + TimeAmount(settings.backstop)
    }

    private mutating func free(_ pool: Int, _ worker: Int) {
        workers -= 1
        memory -= pools[pool].workers[worker].memory
        pools[pool].workers[worker].link = nil
        pools[pool].workers[worker].handle = nil
        pools[pool].workers[worker].held = []
        pools[pool].workers[worker].isMoving = false
        pools[pool].freeWorkers.append(worker)
    }

    /// Decides on a replacement by the reason of an end.
    private mutating func follow(
        _ reason: WorkerEnd,
        _ pool: Int,
        wasExpected: Bool,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        switch reason {
        case .retired: return
        case .failedToStart(let refusal): failStart(pool, refusal, now, &out)
        case .cellRenewed:
            if !wasExpected { replace(pool, now, &out) }
        case .ended, .cellLost:
            if pools[pool].phase == .warming {
                let message = "its first worker ended right after its start"
                failStart(pool, PluginRefusal(kind: "startFailed", message: message), now, &out)
            } else if pools[pool].alive == 0,
                pools[pool].gates.contains(where: { !$0.isBackingOff(now) })
            {
                replace(pool, now, &out)
            }
        }
    }

    /// A start that was lost with its cell says nothing about the plugin, unless it happens again
    /// and again: then with pauses, and in the end not any more.
    private mutating func loseStart(
        _ pool: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        pools[pool].lostStarts += 1
        let lost = pools[pool].lostStarts
        let isWarming = pools[pool].phase == .warming
        guard lost < (isWarming ? Self.lostAtOnce : Self.lostAtMost) else {
            pools[pool].lostStarts = 0
            let message = "the cell ended while it started, \(lost) times in a row"
            return failStart(pool, PluginRefusal(kind: "startFailed", message: message), now, &out)
        }
        if lost >= Self.lostAtOnce { pools[pool].startBackoff.crashed(now) }
        if let wait = pools[pool].startBackoff.remaining(now) {
            arm(pool, now + wait, &out)
        } else if pools[pool].isOpen, pools[pool].alive == 0 {
            start(pool, isForced: isWarming, now, &out)
        }
    }

    private mutating func replace(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        guard pools[pool].phase == .serving, pools[pool].alive < pools[pool].maximumWorkers else {
            return
        }
        start(pool, now, &out)
    }

    /// Without any worker nobody would ever come for what waits, so it is told now.
    private mutating func failStart(
        _ pool: Int,
        _ refusal: PluginRefusal,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        pools[pool].startProblem = refusal
        pools[pool].startBackoff.crashed(now)
        if pools[pool].phase == .warming { out.append(.warmed(pools[pool].id, refusal)) }
        guard pools[pool].alive == 0 else { return }
        let wait = pools[pool].startBackoff.remaining(now) ?? CrashBackoff.first
        var hopeless: [Int] = []
        for gate in pools[pool].waiting {
            hopeless += pools[pool].gates[gate].queue
            pools[pool].gates[gate].queue.removeAll()
        }
        pools[pool].waiting = []
        for call in hopeless { end(call, cannotStart(pool, wait), &out) }
    }
}
