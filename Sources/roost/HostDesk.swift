internal import CellSupervision
internal import FunctionDispatch
internal import FunctionModel
internal import HostMetrics
internal import HostSettings
internal import NIOCore
internal import Platform
internal import PluginCatalog
internal import RoostCLI
internal import TriggerCron
internal import TriggerFiles
internal import TriggerQueue

#if canImport(Glibc)
internal import Glibc
#endif

/// Answers operators by asking the rooms.
struct HostDesk: HostOperations {
    let dispatcher: Dispatcher
    let catalog: Catalog
    let cellSupervisor: CellSupervisor
    let log: HostLog
    let metrics: HostMetrics
    let settings: LiveSettings
    let addresses: HostAddresses
    /// The user that a plugin with a cell of its own runs as.
    let pluginUser: @Sendable (String) -> Int?
    let durable: HostStore
    let queue: QueueTrigger
    let cron: CronTrigger
    let files: FilesTrigger
    private let cellGauges = CellGauges()
    /// One change of limits at a time: a failed one takes back only its own.
    let limitChanges = Turnstile()
    private let started = WallClock.now

    func functions() async -> [FunctionView] { dispatcher.functions() }

    func plugins() async -> [PluginView] {
        let left = await cellSupervisor.report().left
        return await catalog.plugins().map { view in
            var view = completed(view)
            view.left = view.plugin.flatMap { left[$0] }
            return view
        }
    }

    /// The catalog's view with what the other rooms know.
    private func completed(_ view: PluginView) -> PluginView {
        guard let plugin = view.plugin else { return view }
        var view = view
        view.cells = dispatcher.cells(of: plugin)
        view.standing = dispatcher.standing(of: plugin)
        let definitions = dispatcher.definitions(of: plugin)
        view.warnings += settings.limits.problems(definitions)
        if let permissions = definitions.first?.permissions, !permissions.isEmpty {
            view.permissions = permissions
            view.warnings += permissions.shut(for: pluginUser(plugin))
        }
        return view
    }

    func cells() async -> [CellView] { await cellSupervisor.report().cells }

    func invoke(
        _ function: String,
        payload: ByteBuffer,
        contentType: String
    ) async throws -> OperatorInvocation {
        try await dispatcher.invoke(function, payload: payload, contentType: contentType)
    }

    func deploy(fileName: String, bytes: ByteBuffer) async throws -> PluginView {
        try await catalog.deploy(fileName: fileName, bytes: bytes)
    }

    func remove(fileName: String) async throws { try await catalog.remove(fileName: fileName) }

    func rollback(plugin: String, to version: String?) async throws -> PluginView {
        try await catalog.rollback(plugin: plugin, to: version)
    }

    func resume(plugin: String) async throws -> PluginView {
        try await dispatcher.resume(plugin)
        guard let view = await plugins().first(where: { $0.plugin == plugin }) else {
            throw HostOperationError(.notFound, "Plugin '\(plugin)' has just gone.")
        }
        return view
    }

    func recentLogs(limit: Int) async -> [LogEvent] { log.recent(limit: limit) }

    func logs() -> AsyncStream<LogEvent> { log.follow() }

    func metricsText() async -> String {
        dispatcher.refreshGauges(queued: await queued())
        cellGauges.refresh(await cellSupervisor.report())
        return metrics.text()
    }

    /// Whoever can answer is alive; what may be wrong beside that is for `readiness` to say.
    func health() async -> HealthView { HealthView() }

    func readiness() async -> HealthView {
        let cells = await cells()
        let claims = [
            (addresses.isDraining || dispatcher.isDraining, "the host is draining"),
            (addresses.functions.isEmpty, "the function listener is not open yet"),
            (await !catalog.isReady, "plugins found at start are still coming in"),
            (!cells.contains { $0.state == .ready }, "no cell is ready to run functions"),
        ]
        var view = HealthView(reasons: claims.filter(\.0).map(\.1))
        let troubles = files.troubles
        view.notes = troubles.isEmpty ? nil : troubles
        return view
    }

    func about() async -> AboutView {
        AboutView(
            version: RoostTool.version,
            pid: Int(getpid()),
            started: started,
            uptimeSeconds: WallClock.now - started,
            home: settings.settings.home,
            pluginDirectory: settings.pluginDirectory,
            functionAddress: HostAddresses.address(of: addresses.functions),
            adminAddress: addresses.admin.map(HostAddresses.address),
            settings: settings.settings.views,
            sandboxMissing: Set(await cells().flatMap(\.missing)).sorted(),
            warnings: settings.settings.warnings(about: await catalog.plugins())
                + (await warningsOfIdleEdits())
        )
    }

    func resolve(_ function: String) throws -> FunctionName {
        guard let name = dispatcher.resolve(function) else {
            throw HostOperationError(
                .notFound,
                "No function '\(function)' is served here; `roost functions` lists those that are."
            )
        }
        return name
    }
}
