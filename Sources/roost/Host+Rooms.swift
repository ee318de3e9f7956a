internal import CellSupervision
internal import Destinations
internal import FunctionDispatch
internal import FunctionModel
internal import HostMetrics
internal import HostServices
internal import HostSettings
internal import InvocationStore
internal import Logging
internal import Metrics
internal import NIOCore
internal import Platform
internal import PluginCatalog
internal import TriggerFiles
internal import TriggerHTTP
internal import TriggerQueue

/// Making the rooms that take more than a line.
extension Host {
    /// Decides what runs; what it records goes to the store as well.
    static func dispatcher(
        _ live: LiveSettings,
        _ cells: CellSupervisor,
        _ durable: HostStore,
        _ metrics: HostMetrics,
        _ loop: any EventLoop,
        _ log: HostLog,
        _ level: Logger.Level
    ) -> Dispatcher {
        let logger = log.logger("host", level: level)
        return Dispatcher(
            eventLoop: loop,
            workerHost: cells,
            settings: DispatchSettings(live.settings),
            logger: log.logger("dispatch", level: level),
            symboliser: Symboliser(),
            wallClock: { WallClock.now },
            onRetire: { metrics.forget(function: $0.description) },
            onRecord: { durable.records.note($0) },
            onBacktrace: { durable.records.note($0) },
            definitions: { version throws(PluginRefusal) in
                try live.definitions(of: version, logger)
            }
        )
    }

    /// Runs what lies in the store.
    ///
    /// The holder is the same at each start: one host at a time has a home.
    static func queue(
        _ durable: HostStore,
        _ dispatcher: Dispatcher,
        _ live: LiveSettings,
        _ catalog: Catalog,
        _ group: any EventLoopGroup,
        _ logger: Logger
    ) -> QueueTrigger {
        let bus = Late<QueueTrigger>()
        let policy: @Sendable () -> DeliveryPolicy = { live.settings.deliveries }
        let destinations = DestinationDesk(directory: dispatcher) { HostStore.now }
        durable.givenUp.tell { destinations.followUps(of: $0) }
        let runner = DestinationRunner(functions: dispatcher, group: group, policy: policy) {
            (event) async throws(StoreError) in
            // Who subscribes is known when the plugins are in.
            guard await catalog.isReady, let bus = bus.value else { return nil }
            return try await bus.publish(event)
        }
        var settings = QueueSettings(holder: "host")
        settings.keyLifetime = live.settings.keyLifetime
        let queue = QueueTrigger(
            settings: settings,
            store: durable.store,
            runner: runner,
            logger: logger,
            now: { HostStore.now },
            onDeadLetter: { function, reason in
                Counter(
                    label: "roost_dead_letters_total",
                    dimensions: [("function", function.description), ("reason", reason.rawValue)]
                ).increment()
            },
            onMissedEvent: { function in
                Counter(
                    label: "roost_events_missed_total",
                    dimensions: [("function", function.description)]
                ).increment()
            },
            directory: dispatcher,
            followUps: { destinations.followUps(of: $0, after: $1) },
            onEnds: { durable.files.value?.ended($0) },
            policy: policy
        )
        bus.tell(queue)
        // What waits for a function begins with it, and not with the next look.
        dispatcher.followDefinitions { [weak queue] in queue?.wake() }
        return queue
    }

    /// Serves functions to whoever asks over HTTP.
    static func listener(
        _ settings: Settings,
        _ dispatcher: Dispatcher,
        _ queue: QueueTrigger,
        _ keys: KeyedCallDesk,
        _ group: any EventLoopGroup,
        _ logger: Logger
    ) -> FunctionListener {
        FunctionListener(
            configuration: .init(settings),
            invoker: dispatcher,
            desk: queue,
            keys: keys,
            group: group,
            logger: logger
        )
    }

    /// Answers what functions ask of the host.
    static func services(
        _ durable: HostStore,
        _ queue: QueueTrigger,
        _ dispatcher: Dispatcher,
        _ files: FilesTrigger,
        _ keyLifetime: Duration
    ) -> HostServices {
        var settings = ServiceSettings()
        settings.keyLifetime = keyLifetime
        return HostServices(
            store: durable.store,
            desk: queue,
            bus: queue,
            directory: dispatcher,
            settings: settings,
            now: { HostStore.now },
            files: files,
            resolve: { [dispatcher] in dispatcher.resolve($0) }
        )
    }

    /// Makes calls that someone waits for once under each key.
    static func keys(
        _ durable: HostStore,
        _ dispatcher: Dispatcher,
        _ lifetime: Duration
    ) -> KeyedCallDesk {
        KeyedCallDesk(
            ledger: durable.store,
            lifetime: lifetime,
            now: { HostStore.now },
            longest: { [dispatcher] in dispatcher.longestCall(of: $0) }
        )
    }
}
