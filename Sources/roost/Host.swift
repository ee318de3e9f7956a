internal import AdminAPI
internal import CellSupervision
internal import FunctionDispatch
internal import FunctionModel
internal import HostMetrics
internal import HostSettings
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PluginCatalog
internal import Synchronization
internal import TriggerHTTP

/// A running host: every room made and joined, in the order in which they need each other.
final class Host: Sendable {
    let home: HomeDirectory
    let settings: SettingsBox
    let log: HostLog
    let logger: Logger
    let group: MultiThreadedEventLoopGroup
    let cells: CellSupervisor
    let dispatcher: Dispatcher
    let catalog: Catalog
    let listener: FunctionListener
    let admin: AdminServer
    let adminAddress = AddressBox()

    /// Makes all rooms; nothing is served before `run`.
    init(home: HomeDirectory, settings: Settings, metrics: MetricsRegistry, log: HostLog) throws {
        self.home = home
        self.log = log
        let box = SettingsBox(settings)
        self.settings = box
        logger = log.logger("host", level: settings.logLevel)
        group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops)
        cells = try CellSupervisor(
            configuration: CellConfiguration(),
            group: group,
            logger: log.logger("cells", level: settings.logLevel)
        )
        dispatcher = Dispatcher(
            eventLoop: group.any(),
            workerHost: cells,
            settings: DispatchSettings(settings),
            logger: log.logger("dispatch", level: settings.logLevel),
            symboliser: Symboliser(),
            wallClock: { WallClock.now },
            definitions: { version throws(PluginRefusal) in try box.definitions(of: version) }
        )
        try HomeDirectory.make(settings.pluginDirectory)
        catalog = try Catalog(
            configuration: CatalogConfiguration(
                directory: settings.pluginDirectory, store: "\(home.path)/images"),
            workers: cells,
            installer: dispatcher,
            logger: log.logger("plugins", level: settings.logLevel)
        )
        listener = FunctionListener(
            configuration: .init(settings),
            invoker: dispatcher,
            group: group,
            logger: log.logger("http", level: settings.logLevel)
        )
        let desk = HostDesk(
            dispatcher: dispatcher, catalog: catalog, cellSupervisor: cells, log: log,
            metrics: metrics, settings: box, home: home, addresses: adminAddress)
        admin = AdminServer(
            settings: AdminSettings(home: home.path, listener: settings.adminListener),
            host: desk,
            group: group,
            logger: log.logger("admin", level: settings.logLevel),
            onListening: { [adminAddress] in adminAddress.note($0) }
        )
    }
}
