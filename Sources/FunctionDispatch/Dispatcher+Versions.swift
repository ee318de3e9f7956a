public import FunctionModel
internal import NIOCore
internal import Synchronization

extension Dispatcher: VersionInstaller {
    /// Puts a version into service with the operator's settings laid over it, once a worker of it has
    /// started.
    public func install(_ version: PluginVersion) async throws {
        try await install(version, warm: true)
    }

    /// Puts a version into service.
    ///
    /// - Parameters:
    ///   - version: The version, probed.
    ///   - warm: Whether a worker has to start first; without, the first call starts one.
    /// - Throws: `PluginRefusal`; the version before then goes on serving.
    public func install(_ version: PluginVersion, warm: Bool) async throws(PluginRefusal) {
        let refusal = await withCheckedContinuation { continuation in
            install(version, warm: warm) { continuation.resume(returning: $0) }
        }
        if let refusal { throw refusal }
    }

    /// Takes all routes of a plugin away and drains it.
    ///
    /// Nothing happens when there is none.
    public func remove(plugin: String) async { retire(plugin: plugin) }

    /// Returns when no version of this content is draining any more.
    public func released(contentHash: String) async {
        await withCheckedContinuation { continuation in
            whenReleased(contentHash) { continuation.resume() }
        }
    }

    func whenReleased(_ hash: String, _ done: @escaping @Sendable () -> Void) {
        // Asked under the waiters' lock, so that the end of the draining can't slip between.
        let hasToWait = waiters.withLock { waiters in
            guard let pool = state.withLock({ $0.drainingPool(of: hash) }) else { return false }
            waiters.drained[pool, default: []].append { self.whenReleased(hash, done) }
            return true
        }
        if !hasToWait { done() }
    }

    /// The same as `install`, telling the result when it is there, on any thread.
    ///
    /// With `expected`, only that pool is replaced: what has come or gone meanwhile stays.
    func install(
        _ version: PluginVersion,
        warm: Bool,
        after expected: PoolID? = nil,
        done: @escaping @Sendable (PluginRefusal?) -> Void
    ) {
        let definitions: [FunctionDefinition]
        do throws(PluginRefusal) {
            _ = try version.manifest.validated()
            definitions = try supervised(version)
        } catch { return done(error) }
        let pool = change { state, _ in state.add(version, definitions) }
        let entries = entries(version, definitions, pool)
        do throws(PluginRefusal) {
            // A clash is found before a worker is started, and once more when it counts.
            try table.withLock { table throws(PluginRefusal) in
                try table.check(plugin: version.manifest.plugin, with: entries)
            }
        } catch {
            discard(pool)
            return done(error)
        }
        guard warm, definitions.contains(where: \.isEnabled) else {
            return done(switchOver(version.manifest.plugin, pool, entries, after: expected))
        }
        waiters.withLock { waiters in
            waiters.warm[pool] = { refusal in
                if let refusal {
                    self.discard(pool)
                    return done(refusal)
                }
                done(self.switchOver(version.manifest.plugin, pool, entries, after: expected))
            }
        }
        decide { $0.warm(pool, now: $1, &$2) }
    }

    /// Takes a plugin's routes away in one step and lets what it was given end.
    func retire(plugin: String) {
        let before = table.withLock { table -> [FunctionEntry] in
            let before = table.plugins[plugin] ?? []
            table.remove(plugin: plugin)
            return before
        }
        change { state, _ in state.forgetProbation(of: plugin) }
        if let pool = before.first?.pool { drain(pool) }
        forget(before)
        definitionsChanged()
    }

    /// Switches all routes of a plugin in one step and drains the version before.
    func switchOver(
        _ plugin: String,
        _ pool: PoolID,
        _ entries: [FunctionEntry],
        after expected: PoolID?
    ) -> PluginRefusal? {
        decide { $0.serve(pool, &$2) }
        let before: [FunctionEntry]?
        do throws(PluginRefusal) {
            before = try table.withLock { table throws(PluginRefusal) -> [FunctionEntry]? in
                let before = table.plugins[plugin] ?? []
                if let expected, before.first?.pool != expected { return nil }
                try table.replace(plugin: plugin, with: entries)
                return before
            }
        } catch {
            discard(pool)
            return error
        }
        guard let before else {
            discard(pool)
            return nil
        }
        if let old = before.first?.pool, old != pool { drain(old) }
        forget(before)
        definitionsChanged()
        return nil
    }

    /// Gives up the meters of functions that are served no longer: their number is bounded.
    private func forget(_ entries: [FunctionEntry]) {
        for entry in entries where table.withLock({ $0.functions[entry.name] == nil }) {
            if meters.forget(entry.name) { onRetire(entry.name) }
        }
    }

    func entries(
        _ version: PluginVersion,
        _ definitions: [FunctionDefinition],
        _ pool: PoolID
    ) -> [FunctionEntry] {
        definitions.enumerated().map { gate, definition in
            FunctionEntry(
                definition: definition,
                version: version,
                pool: pool,
                gate: gate,
                meter: meters.meter(for: definition.name)
            )
        }
    }

    func warmed(_ pool: PoolID, _ refusal: PluginRefusal?) {
        waiters.withLock { $0.warm.removeValue(forKey: pool) }?(refusal)
    }

    func drained(_ pool: PoolID) {
        for waiter in waiters.withLock({ $0.drained.removeValue(forKey: pool) }) ?? [] { waiter() }
    }

    private func drain(_ pool: PoolID) {
        let timeout = TimeAmount(settings.drainTimeout)
        decide { $0.drain(pool, now: $1, until: $1 + timeout, &$2) }
    }

    /// Drops a pool that never served.
    private func discard(_ pool: PoolID) { decide { $0.drain(pool, now: $1, until: $1, &$2) } }
}
