internal import CoreMetrics
public import FunctionModel
internal import Logging
internal import Metrics
internal import NIOCore
internal import Synchronization

extension Dispatcher {
    /// Where a plugin stands after its crashes; `nil` when it has had none lately.
    public func standing(of plugin: String) -> StandingView? {
        guard let version = routes.plugins[plugin]?.first?.version else { return nil }
        let now = now
        return state.withLock { state in
            guard let probation = state.probations[plugin] else { return nil }
            let stage: StandingView.Stage =
                switch state.stage(of: version) {
                case .trusted: .trusted
                case .demoted: .demoted
                case .quarantined: .quarantined
                }
            let rest = probation.restoration.map { max(.zero, $0 - now) }
            return StandingView(
                stage: stage,
                crashes: probation.recentCrashes,
                demotions: probation.demotions,
                restoredInSeconds: rest.map { Double($0.nanoseconds) / 1e9 }
            )
        }
    }

    /// Finds who brought a cell to its end: the offender gets a cell of its own.
    public func note(_ incident: CellIncident) {
        decide { $0.note(incident, now: $1, &$2) }
    }

    /// Lets a plugin run again as if it had never crashed: ends back-off, demotion and quarantine.
    ///
    /// - Throws: `HostOperationError` when no plugin of that name is served.
    public func resume(_ plugin: String) async throws(HostOperationError) {
        guard let pool = routes.plugins[plugin]?.first?.pool else {
            throw HostOperationError(
                .notFound,
                "no plugin '\(plugin)' is served here; 'roost plugins' lists those that are"
            )
        }
        var out = DispatchActions()
        let stage = change { state, now in state.pardon(pool, now: now, &out) }
        perform(out)
        guard stage != .trusted else { return }
        let refusal = await withCheckedContinuation { continuation in
            reconfigure(plugin) { continuation.resume(returning: $0) }
        }
        if let refusal { throw HostOperationError(.unavailable, refusal.message) }
    }

    /// The definitions in force, with a demoted plugin in a cell of its own.
    func supervised(_ version: PluginVersion) throws(PluginRefusal) -> [FunctionDefinition] {
        var definitions = try self.definitions(version)
        guard state.withLock({ $0.stage(of: version) }) == .demoted else { return definitions }
        for index in definitions.indices where definitions[index].isolation == .thread {
            definitions[index].isolation = .process
        }
        return definitions
    }

    func supervise(_ plugin: String, _ change: Probation.Change, _ function: FunctionName?) {
        let metadata: Logger.Metadata = ["plugin": "\(plugin)"]
        switch change {
        case .demote, .expel:
            let reason =
                change == .expel
                ? "ended the cell that it shared" : "crashed \(Probation.crashesToDemotion) times"
            logger.warning(
                "\(plugin) \(reason) and gets a cell of its own",
                metadata: metadata
            )
            let label = function.flatMap { routes.functions[$0]?.meter.label } ?? "other"
            Counter(label: "roost_demotions_total", dimensions: [("function", label)]).increment()
            move(plugin)
        case .restore:
            logger.notice(
                "\(plugin) has behaved and goes back to a shared cell",
                metadata: metadata
            )
            move(plugin)
        case .quarantine:
            logger.error(
                """
                \(plugin) kept crashing in a cell of its own and is not run any more; deploy another \
                version, or run 'roost resume \(plugin)'
                """,
                metadata: metadata
            )
        }
    }

    private func move(_ plugin: String) {
        reconfigure(plugin) { refusal in
            guard let refusal else { return }
            self.logger.error(
                "\(plugin) can't be moved and stays where it is: \(refusal.message)",
                metadata: ["plugin": "\(plugin)"]
            )
        }
    }
}
