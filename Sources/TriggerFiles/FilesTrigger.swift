public import FunctionModel
public import Logging
internal import Platform
internal import Synchronization

/// Runs functions for files that come, change or go.
///
/// Each watch has a runner of its own; this class starts and stops them as functions come and go, hands
/// them the ends of their invocations, and opens files for functions.
public final class FilesTrigger: Sendable {
    /// The store, as this room needs it.
    public typealias Store = FileIndex & InvocationQueue

    struct Running: Sendable {
        var runner: WatchRunner
        var task: Task<Void, Never>
    }

    private struct Watches: Sendable {
        var running: [WatchKey: Running] = [:]
        /// Those that are wanted no more, and haven't ended yet.
        var leaving: [WatchKey: Running] = [:]
        var shared = SharedFiles()
        var isOver = false
    }

    private let services: WatchServices
    private let settings: FilesSettings
    private let watches = Mutex(Watches())
    let places = EventPlaces()

    /// Makes a trigger that watches nothing before `serve`.
    ///
    /// - Parameters:
    ///   - settings: Places and bounds.
    ///   - store: Where the index and the queue lie.
    ///   - logger: Hears of directories that can't be watched, and of functions that feed themselves.
    ///   - now: The time of day.
    ///   - onEvents: Hears of events that were found.
    public init(
        settings: FilesSettings,
        store: any Store,
        logger: Logger,
        now: @escaping @Sendable () -> WallTime,
        onEvents: @escaping @Sendable (FunctionName, FileChangeKind, Int) -> Void = { _, _, _ in }
    ) {
        self.settings = settings
        var thread: WatchThread?
        do throws(SystemCallError) {
            thread = try settings.usesInotify ? WatchThread(limit: settings.watchLimit) : nil
        } catch {
            logger.warning("the kernel tells of no files: \(error)")
        }
        services = WatchServices(
            store: store,
            thread: thread,
            logger: logger,
            bounds: settings.bounds,
            watchInterval: settings.watchInterval,
            now: now,
            onEvents: onEvents
        )
    }

    /// Watches until the task is cancelled.
    public func run() async {
        let (stream, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in stream {}
        let left = watches.withLock { watches in
            watches.isOver = true
            defer { (watches.running, watches.leaving) = ([:], [:]) }
            return (Array(watches.running.values) + watches.leaving.values).map(\.task)
        }
        for task in left { task.cancel() }
        for task in left { await task.value }
        services.thread?.end()
    }

    /// Watches what these functions want, and nothing else; who wants the same as before is not
    /// disturbed.
    public func serve(_ definitions: [FunctionDefinition]) {
        let plans = definitions.filter(\.isEnabled).flatMap(plans)
        let shared = SharedFiles(plans)
        let news = watches.withLock { watches -> Set<SharedFiles.Pair> in
            guard !watches.isOver else { return [] }
            let wanted = Set(plans.map(WatchKey.init))
            for key in watches.running.keys where !wanted.contains(key) {
                guard let one = watches.running.removeValue(forKey: key) else { continue }
                one.task.cancel()
                watches.leaving[key] = one
            }
            for plan in plans { begin(plan, &watches) }
            defer { watches.shared = shared }
            return shared.pairs.subtracting(watches.shared.pairs)
        }
        for words in news.map(\.words).sorted() { services.logger.warning("\(words)") }
    }

    private func begin(_ plan: WatchPlan, _ watches: inout Watches) {
        let key = WatchKey(plan)
        let current = watches.running[key]
        guard current?.runner.plan != plan else { return }
        current?.task.cancel()
        let before = current ?? watches.leaving[key]
        let runner = WatchRunner(plan, services)
        // What was queued before goes on opening its files meanwhile.
        if let before { runner.shown.withLock { $0 = before.runner.shown.withLock { $0 } } }
        // On the thread that hears from the kernel: from there to the commit nothing wakes another.
        let task = Task(executorPreference: services.thread) { [weak self] in
            // Two that keep the same rows would be in each other's way.
            await before?.task.value
            await runner.run()
            self?.hasLeft(runner, key)
        }
        watches.running[key] = Running(runner: runner, task: task)
    }

    private func hasLeft(_ runner: WatchRunner, _ key: WatchKey) {
        watches.withLock { watches in
            guard watches.leaving[key]?.runner === runner else { return }
            watches.leaving[key] = nil
        }
    }

    private func plans(_ definition: FunctionDefinition) -> [WatchPlan] {
        definition.triggers.compactMap(\.files).compactMap { declaration in
            let directory = settings.path(of: declaration, in: definition.name.plugin)
            if !declaration.isAbsolute { settings.make(directory, services.logger) }
            return WatchPlan(declaration, of: definition, directory: directory)
        }
    }

    /// Tells the watches of ends that are durable; never waits.
    public func ended(_ ends: [StoredEnd]) {
        let ids = ends.map(\.id)
        let functions = Set(ends.compactMap(\.function))
        for runner in runners
        where runner.flight.end(ids, isOfFunction: functions.contains(runner.plan.function)) {
            runner.inbox.wake()
        }
    }

    /// The watches of this moment.
    var runners: [WatchRunner] { watches.withLock { $0.running.values.map(\.runner) } }

    /// The same by function and directory, as operators see them.
    var sortedRunners: [WatchRunner] {
        watches.withLock { $0.running }.sorted { $0.key < $1.key }.map(\.value.runner)
    }

    /// Which of them take files from each other.
    var shared: SharedFiles { watches.withLock { $0.shared } }

    var store: any Store { services.store }
    var now: WallTime { services.now() }
}

/// What tells one watch from another.
struct WatchKey: Hashable, Sendable, Comparable {
    let function: FunctionName
    let directory: [UInt8]

    init(_ plan: WatchPlan) {
        function = plan.function
        directory = plan.directory
    }

    static func < (left: Self, right: Self) -> Bool {
        left.function == right.function
            ? left.directory.lexicographicallyPrecedes(right.directory)
            : left.function < right.function
    }
}

/// Places and bounds of the files trigger.
public struct FilesSettings: Sendable {
    /// Where directories lie that plugins name without a leading `/`: below one of each plugin's own.
    public var home: String
    /// How much may wait before more is refused.
    public var bounds = QueueBounds()
    /// Whether the kernel is asked to tell of changes; else directories are looked at again and again.
    public var usesInotify = true
    /// How many directories the kernel is asked to watch at a time.
    var watchLimit: @Sendable () -> Int = { .max }
    /// After what time the kernel is asked again that had no more watches to give.
    var watchInterval = Duration.seconds(300)

    /// Describes a place.
    public init(home: String) { self.home = home }

    /// The whole path of a directory that a plugin, or the operator, names.
    public func path(of declaration: FilesTriggerDeclaration, in plugin: String) -> String {
        let directory = declaration.plainDirectory
        if declaration.isAbsolute { return directory }
        return [home, plugin, directory].filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// Makes a directory below the home.
    func make(_ path: String, _ logger: Logger) {
        var made = home
        do throws(SystemCallError) {
            try FileIO.makeDirectory(made)
            for step in path.dropFirst(home.count).split(separator: "/") {
                made += "/\(step)"
                try FileIO.makeDirectory(made)
            }
        } catch {
            logger.warning("the directory \(made) can't be made: \(error)")
        }
    }
}
