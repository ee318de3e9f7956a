internal import CoreMetrics
public import FunctionModel
internal import Metrics
internal import NIOCore
internal import Synchronization

extension Dispatcher {
    /// Every function that is served, and those that are draining, ordered by name.
    public func functions() -> [FunctionView] {
        let now = now
        let snapshot = routes
        return snapshot.functions.values
            .map { view($0, now) }
            .sorted { $0.name < $1.name }
    }

    /// The content hash of each plugin's version in service.
    public func servingVersions() -> [String: String] {
        routes.plugins.compactMapValues { $0.first?.version.contentHash }
    }

    /// The version of a plugin in service; `nil` when none is.
    public func version(of plugin: String) -> PluginVersion? {
        routes.plugins[plugin]?.first?.version
    }

    /// What is in force for the functions of a plugin in service.
    public func definitions(of plugin: String) -> [FunctionDefinition] {
        (routes.plugins[plugin] ?? []).map(\.definition)
    }

    /// The cells in which a plugin has workers, in order.
    public func cells(of plugin: String) -> [Int] {
        guard let pool = table.withLock({ $0.plugins[plugin]?.first?.pool }) else { return [] }
        return state.withLock { state in
            guard let index = state.index(of: pool) else { return [] }
            return Set(state.pools[index].workers.compactMap { $0.handle?.cellID }).sorted()
        }
    }

    /// Whether new work is refused because the host is stopping.
    public var isDraining: Bool { state.withLock { $0.isStopped } }

    /// Sets the gauges of workers and queues to what they are now; called before metrics are read.
    ///
    /// Functions beyond the metered number count together as `other`. `queued` tells what waits in the
    /// store beside what waits for a worker.
    public func refreshGauges(queued: [FunctionName: Int] = [:]) {
        var sums: [String: (busy: Int, idle: Int, waiting: Int)] = [:]
        for label in meters.labels { sums[label] = (0, 0, 0) }
        let entries = routes.functions
        for view in functions() {
            guard let label = entries[view.name]?.meter.label else { continue }
            sums[label, default: (0, 0, 0)].busy += view.workersRunning
            sums[label, default: (0, 0, 0)].idle += view.workersIdle
            sums[label, default: (0, 0, 0)].waiting += view.queueDepth
        }
        for (name, count) in queued {
            sums[entries[name]?.meter.label ?? "other", default: (0, 0, 0)].waiting += count
        }
        for (label, sum) in sums {
            let function = ("function", label)
            Gauge(label: "roost_queue_depth", dimensions: [function]).record(sum.waiting)
            Gauge(label: "roost_workers", dimensions: [function, ("state", "busy")])
                .record(sum.busy)
            Gauge(label: "roost_workers", dimensions: [function, ("state", "idle")])
                .record(sum.idle)
        }
    }

    private func view(_ entry: FunctionEntry, _ now: NIODeadline) -> FunctionView {
        let definition = entry.definition
        var view = FunctionView(
            name: entry.name,
            summary: definition.manifest.summary,
            version: entry.version.shortHash,
            triggers: definition.triggers,
            limits: LimitsView(definition.quota),
            isolation: definition.isolation,
            onCrash: definition.onCrash,
            counts: entry.meter.counts
        )
        view.limitOrigins = definition.limitOrigins
        state.withLock { state in
            guard let index = state.index(of: entry.pool) else { return }
            let pool = state.pools[index]
            let gate = pool.gates[entry.gate]
            view.workersRunning = gate.running
            view.workersIdle = pool.idle.count
            view.queueDepth = gate.queue.count
            view.averageRunSeconds = gate.runs > 0 ? Duration(gate.averageRun).inSeconds : nil
            if gate.isBackingOff(now) { view.state = .backingOff }
            if pool.isQuarantined { view.state = .quarantined }
            if case .draining = pool.phase { view.state = .draining }
        }
        return view
    }
}
