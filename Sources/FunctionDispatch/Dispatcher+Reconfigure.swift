public import FunctionModel
internal import NIOCore
internal import Synchronization

extension Dispatcher {
    /// Lays changed settings over everything that is served.
    ///
    /// Limits change in place; a plugin whose workers have to start anew (isolation, configuration,
    /// memory) is switched as a new version is.
    ///
    /// - Returns: The refusals, one for each plugin that goes on with its settings of before.
    public func reconfigure() async -> [PluginRefusal] {
        var refusals: [PluginRefusal] = []
        for plugin in routes.plugins.keys.sorted() {
            if let refusal = await reconfigure(plugin: plugin) { refusals.append(refusal) }
        }
        return refusals
    }

    /// The same for one plugin; its refusal, if it goes on with its settings of before.
    public func reconfigure(plugin: String) async -> PluginRefusal? {
        await withCheckedContinuation { continuation in
            reconfigure(plugin) { continuation.resume(returning: $0) }
        }
    }

    func reconfigure(_ plugin: String, done: @escaping @Sendable (PluginRefusal?) -> Void) {
        guard let present = table.withLock({ $0.plugins[plugin] }), let first = present.first else {
            return done(nil)
        }
        do throws(PluginRefusal) {
            let definitions = try supervised(first.version)
            if Self.needsNewWorkers(present.map(\.definition), definitions) {
                let hasWorkers = change { state, _ in
                    state.index(of: first.pool).map { state.pools[$0].alive > 0 } ?? false
                }
                return install(first.version, warm: hasWorkers, after: first.pool, done: done)
            }
            let entries = entries(first.version, definitions, first.pool)
            try table.withLock { table throws(PluginRefusal) in
                // Another version may have come meanwhile; it has read the new settings itself.
                guard table.plugins[plugin]?.first?.pool == first.pool else { return }
                try table.replace(plugin: plugin, with: entries)
            }
            decide { $0.update(first.pool, definitions, now: $1, &$2) }
            definitionsChanged()
            done(nil)
        } catch { done(error) }
    }

    /// Whether what a worker is told at its start has changed.
    private static func needsNewWorkers(
        _ before: [FunctionDefinition],
        _ after: [FunctionDefinition]
    ) -> Bool {
        guard before.count == after.count else { return true }
        return zip(before, after).contains { before, after in
            before.isolation != after.isolation || before.configuration != after.configuration
                || before.quota.memory != after.quota.memory
                || before.quota.cpuPercent != after.quota.cpuPercent
                || before.permissions != after.permissions
                // The longest frame that a worker may send is fixed when it starts.
                || before.quota.responseSize < after.quota.responseSize
        }
    }
}
