internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Makes a pool for a version.
    ///
    /// Nothing is routed to it before the caller says so.
    mutating func add(_ version: PluginVersion, _ definitions: [FunctionDefinition]) -> PoolID {
        let index = freePools.popLast() ?? pools.count
        let generation = index < pools.count ? pools[index].id.generation + 1 : 0
        let pool = PluginPool(
            id: PoolID(index: index, generation: generation),
            version: version,
            definitions: definitions,
            settings: settings
        )
        if index < pools.count { pools[index] = pool } else { pools.append(pool) }
        return pool.id
    }

    /// Starts a pool's first worker; `warmed` follows.
    mutating func warm(_ id: PoolID, now: NIODeadline, _ out: inout DispatchActions) {
        guard let pool = index(of: id) else { return }
        start(pool, isForced: true, now, &out)
    }

    /// From now on requests are routed to a pool.
    mutating func serve(_ id: PoolID, _ out: inout DispatchActions) {
        guard let pool = index(of: id) else { return }
        pools[pool].phase = .serving
        let version = pools[pool].version
        forgetProbation(of: version.manifest.plugin, unless: version.contentHash)
        pools[pool].isQuarantined = stage(of: version) == .quarantined
        if let restoration = restoration(pool) { arm(pool, restoration, &out) }
    }

    /// Requests are no longer routed to a pool: it finishes what it has, until the deadline.
    mutating func drain(
        _ id: PoolID,
        now: NIODeadline,
        until: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let pool = index(of: id) else { return }
        pools[pool].phase = .draining(until: until)
        for worker in pools[pool].idle { retire(pool, worker, &out) }
        arm(pool, until, &out)
        dissolve(pool, &out)
    }

    /// A pool that drains a version of this content; `nil` when there is none.
    func drainingPool(of hash: String) -> PoolID? {
        pools.first { pool in
            guard case .draining = pool.phase else { return false }
            return pool.version.contentHash == hash
        }?.id
    }

    /// Lays new limits over a pool whose image and start-up stay as they are.
    mutating func update(
        _ id: PoolID,
        _ definitions: [FunctionDefinition],
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard let pool = index(of: id), pools[pool].gates.count == definitions.count else { return }
        pools[pool].plan = PluginPool.plan(pools[pool].version, definitions)
        for (gate, definition) in definitions.enumerated() {
            pools[pool].gates[gate].update(
                definition,
                defaultConcurrency: settings.defaultConcurrency
            )
        }
        while pools[pool].alive > pools[pool].maximumWorkers, let worker = pools[pool].idle.first {
            retire(pool, worker, &out)
        }
        let isIdle = !pools[pool].idle.isEmpty
        if isIdle { arm(pool, now + pools[pool].idleTime, &out) }
        dispatchWaiting(pool, now, &out)
        beginSequences(pool, now, &out)
    }

    /// Refuses new work everywhere; `quiet` follows when what is under way has ended.
    mutating func stop(_ out: inout DispatchActions) {
        isStopped = true
        if live == 0 { out.append(.quiet) }
    }

    /// Cancels all that is under way.
    mutating func cancelAll(
        _ reason: CancelReason,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        for invocation in calls.compactMap(\.invocation) {
            cancel(invocation, reason, now: now, &out)
        }
    }

    /// Ends what would not stop, without waiting for its worker any longer.
    mutating func abandonAll(now: NIODeadline, _ out: inout DispatchActions) {
        for call in calls.indices {
            guard calls[call].invocation != nil else { continue }
            let pool = calls[call].pool.index
            let handle = calls[call].worker.flatMap { pools[pool].workers[$0].handle }
            let given = result(call, .cancelled, "it did not stop before the host did", now)
            if let worker = calls[call].worker { retire(pool, worker, &out) }
            pools[pool].withdraw(call, from: calls[call].gate)
            detach(call)
            end(call, given, via: handle, &out)
        }
    }

    /// Retires every worker that has nothing to do.
    mutating func retireIdle(_ out: inout DispatchActions) {
        for pool in pools.indices {
            for worker in pools[pool].idle { retire(pool, worker, &out) }
        }
    }

    // MARK: Calls between functions

    /// How many calls one invocation may have under way.
    static let maximumChildren = 64

    /// Whether an invocation may ask the host for something now.
    mutating func beginChild(
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ number: UInt32,
        isCall: Bool
    ) -> ChildAdmission {
        guard let call = place(of: invocation, job) else { return .gone }
        guard calls[call].children[number] == nil,
            calls[call].children.count < Self.maximumChildren
        else { return .tooMany }
        if isCall, !calls[call].isBlocked {
            let pool = calls[call].pool.index
            pools[pool].blocked += 1
            pools[pool].gates[calls[call].gate].blocked += 1
        }
        calls[call].children[number] = CallState.Child(isCall: isCall)
        return .welcome
    }

    /// Keeps what stops a call; false when it has to be stopped at once.
    mutating func setChild(
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ number: UInt32,
        _ control: any InvocationControl
    ) -> Bool {
        guard let call = place(of: invocation, job) else { return false }
        calls[call].children[number]?.control = control
        return true
    }

    /// A call has ended: whom to answer, while it is still wanted.
    mutating func endChild(
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ number: UInt32
    ) -> (any WorkerHandle)? {
        guard let call = place(of: invocation, job),
            let child = calls[call].children.removeValue(forKey: number)
        else { return nil }
        if child.isCall, !calls[call].isBlocked { unblock(call) }
        return submitted(invocation)?.0
    }
}

/// What becomes of the wish to call a function.
enum ChildAdmission: Sendable {
    /// It may.
    case welcome
    /// Too many of its calls are under way.
    case tooMany
    /// The caller is over.
    case gone
}
