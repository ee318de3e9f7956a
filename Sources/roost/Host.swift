internal import AdminAPI
internal import CellSupervision
internal import FunctionDispatch
internal import FunctionModel
internal import HostMetrics
internal import HostSettings
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import PluginCatalog
internal import Synchronization
internal import TriggerCron
internal import TriggerFiles
internal import TriggerHTTP
internal import TriggerQueue

/// A host with every room made and joined; `run` serves.
final class Host: Sendable {
    let home: HomeDirectory
    let settings: LiveSettings
    let log: HostLog
    let logger: Logger
    let group: MultiThreadedEventLoopGroup
    let cells: CellSupervisor
    let dispatcher: Dispatcher
    let catalog: Catalog
    let listener: FunctionListener
    let durable: HostStore
    let queue: QueueTrigger
    let cron: CronTrigger
    /// Whether the plugins found at the start have come in.
    let arePluginsIn = Atomic(false)
    let files: FilesTrigger
    let admin: AdminServer
    let addresses = HostAddresses()

    /// Makes all rooms; nothing is served before `run`.
    init(
        home: HomeDirectory,
        settings live: LiveSettings,
        metrics: HostMetrics,
        log: HostLog
    ) throws {
        let settings = live.settings
        let level = Logger.Level(rawValue: settings.logLevel) ?? .info
        self.home = home
        self.settings = live
        self.log = log
        logger = log.logger("host", level: level)
        let durable = try HostStore(home: home.path, live, log.logger("store", level: level))
        self.durable = durable
        group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops)
        let configuration = try CellConfiguration(preparing: live, addresses, logger)
        cells = try CellSupervisor(
            configuration: configuration,
            group: group,
            logger: log.logger("cells", level: level)
        )
        dispatcher = Self.dispatcher(live, cells, durable, metrics, group.any(), log, level)
        catalog = try Catalog(
            configuration: CatalogConfiguration(live, home: home.path),
            workers: cells,
            installer: dispatcher,
            logger: log.logger("plugins", level: level)
        )
        let logs = log.logger("queue", level: level)
        queue = Self.queue(durable, dispatcher, live, catalog, group, logs)
        cron = try Self.cron(durable, queue, live, log.logger("schedules", level: level))
        let lifetime = settings.keyLifetime
        files = Self.files(durable, home.path, log.logger("files", level: level))
        dispatcher.offer(Self.services(durable, queue, dispatcher, files, lifetime))
        let keys = Self.keys(durable, dispatcher, lifetime)
        let http = log.logger("http", level: level)
        listener = Self.listener(settings, dispatcher, queue, keys, group, http)
        admin = AdminServer(
            settings: AdminSettings(settings, home: home.path),
            host: HostDesk(
                dispatcher: dispatcher,
                catalog: catalog,
                cellSupervisor: cells,
                log: log,
                metrics: metrics,
                settings: live,
                addresses: addresses,
                pluginUser: configuration.user(ofPlugin:),
                durable: durable,
                queue: queue,
                cron: cron,
                files: files
            ),
            group: group,
            logger: log.logger("admin", level: level),
            onListening: { [addresses] in addresses.noteAdmin($0) }
        )
    }
}

extension DispatchSettings {
    /// What the host's settings mean for dispatch on this machine.
    init(_ settings: Settings) {
        self.init()
        defaultConcurrency = 4 * Machine.cores
        maximumWorkers = settings.maximumWorkers
        memoryBudget = settings.memory ?? ByteCount(bytes: Machine.memory.bytes / 2)
        drainTimeout = settings.drainTimeout
    }
}

extension CellConfiguration {
    /// What the host's settings mean for cells on this machine, once it has been said what holds and
    /// the drop directory, which is to be guarded, is there.
    init(preparing live: LiveSettings, _ addresses: HostAddresses, _ logger: Logger) throws {
        try self.init()
        let settings = live.settings
        try live.limits.tell(settings, logger)
        try HomeDirectory.make(live.pluginDirectory)
        let budget = settings.memory ?? ByteCount(bytes: Machine.memory.bytes / 2)
        controlGroups = live.limits.groups
        memoryBudget = budget
        cellMemory = settings.cellMemory ?? ByteCount(bytes: budget.bytes / 4 * 3)
        cores = Machine.cores
        pathGuard = live.pathGuard
        deniedPorts = { addresses.adminPorts }
    }
}

extension AdminSettings {
    /// What the host's settings mean for the admin API.
    init(_ settings: Settings, home: String) {
        self.init(
            home: home,
            listener: settings.admin.map {
                .init(host: $0.host, port: $0.port, hostNames: settings.adminNames)
            }
        )
        metrics =
            switch settings.metrics {
            case .loopback: .loopback
            case .token: .token
            case .off: .off
            }
    }
}

extension CatalogConfiguration {
    /// Where the settings and the home have plugins and their images.
    init(_ settings: LiveSettings, home: String) {
        self.init(directory: settings.pluginDirectory, store: "\(home)/images")
    }
}

extension FunctionListener.Configuration {
    /// What the host's settings mean for the function listener.
    init(_ settings: Settings) {
        self.init(host: settings.listen.host, port: settings.listen.port)
        allowPublic = settings.allowPublic
    }
}
