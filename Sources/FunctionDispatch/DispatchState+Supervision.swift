internal import FunctionModel
internal import NIOCore

/// What becomes of plugins that crash again and again.
extension DispatchState {
    /// Notes a crash of a call that its worker was given at `assigned`.
    mutating func noteCrash(
        _ pool: Int,
        _ gate: Int,
        of assigned: NIODeadline,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        // What ends with its cell ends at once, and is one crash.
        let plugin = pools[pool].version.manifest.plugin
        if let probation = probations[plugin], assigned < probation.last,
            probation.contentHash == pools[pool].version.contentHash
        {
            return
        }
        let isApart = pools[pool].plan.isolation == .process
        noteCrash(pool, gate, isApart ? .apart : .shared, now, &out)
    }

    /// Notes a crash of a function whose definition says `onCrash: backoff`.
    mutating func noteCrash(
        _ pool: Int,
        _ gate: Int,
        _ place: CrashPlace,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let definition = pools[pool].gates[gate].definition
        guard definition.onCrash == .backoff, pools[pool].phase == .serving else { return }
        let plugin = definition.name.plugin
        let hash = pools[pool].version.contentHash
        forgetProbation(of: plugin, unless: hash)
        var probation = probations[plugin] ?? Probation(contentHash: hash)
        let change = probation.crashed(now, place)
        probations[plugin] = probation
        guard let change else { return }
        if change == .quarantine { quarantine(pool, now, &out) }
        out.append(.supervise(plugin: plugin, change, definition.name))
    }

    /// Where a plugin stands, for the version that is served.
    func stage(of version: PluginVersion) -> Probation.Stage {
        guard let probation = probations[version.manifest.plugin],
            probation.contentHash == version.contentHash
        else { return .trusted }
        return probation.stage
    }

    /// Forgets what a plugin did: another version of it comes, or none.
    mutating func forgetProbation(of plugin: String, unless hash: String? = nil) {
        guard let probation = probations[plugin], probation.contentHash != hash else { return }
        probations[plugin] = nil
    }

    /// Lets a plugin run as if nothing had happened.
    ///
    /// - Returns: where it stood.
    mutating func pardon(
        _ id: PoolID,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) -> Probation.Stage {
        guard let pool = index(of: id) else { return .trusted }
        let stage = stage(of: pools[pool].version)
        probations[pools[pool].version.manifest.plugin] = nil
        pools[pool].isQuarantined = false
        pools[pool].startBackoff = CrashBackoff()
        for gate in pools[pool].gates.indices { pools[pool].gates[gate].forgive() }
        dispatchWaiting(pool, now, &out)
        return stage
    }

    /// Lets a demoted plugin back when its time is over.
    mutating func restore(_ pool: Int, _ now: NIODeadline, _ out: inout DispatchActions) {
        let plugin = pools[pool].version.manifest.plugin
        guard pools[pool].phase == .serving,
            let change = probations[plugin]?.restore(now)
        else { return }
        out.append(.supervise(plugin: plugin, change, nil))
    }

    /// When a pool's plugin comes back from its demotion; `nil` when it isn't demoted.
    func restoration(_ pool: Int) -> NIODeadline? {
        guard pools[pool].phase == .serving else { return nil }
        return probations[pools[pool].version.manifest.plugin]?.restoration
    }

    private mutating func quarantine(
        _ pool: Int,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        pools[pool].isQuarantined = true
        for gate in pools[pool].queues {
            while let call = pools[pool].popFirst(of: gate) {
                end(call, quarantined(pool, gate), &out)
            }
        }
        for worker in pools[pool].idle { retire(pool, worker, &out) }
    }
}
