public import FunctionModel
public import Logging
internal import NIOCore
internal import Platform

/// Keeps what is served in step with what is in the plugin directory.
///
/// It decides with `CatalogState`, looks with `Examiner`, and tells dispatch through
/// `VersionInstaller`. Whatever goes wrong with a file, the version before stays in service.
public actor Catalog {
    let configuration: CatalogConfiguration
    let store: ImageStore
    let installer: any VersionInstaller
    let logger: Logger
    var state: CatalogState
    var waiters = DeployWaiters()
    let examiner: Examiner
    private let watch: DirectoryWatch
    /// What deployments of an earlier host have left half done.
    let leftovers: [String]
    private let kicks: AsyncStream<Void>
    private let kick: AsyncStream<Void>.Continuation
    let unsaved: AsyncStream<String>
    let save: AsyncStream<String>.Continuation
    /// The libraries that signature files of the directory name, by the signature file's name.
    var libraries: [String: String] = [:]
    /// How often each signature file has been put into the directory together with its library.
    var placements: [String: Int] = [:]
    /// Hashes that nothing serves or drains any more.
    var unneeded: Set<String> = []
    private var alarm: ContinuousClock.Instant?
    private var isScanned = false
    private(set) var isOver = false

    /// Opens the store; `run()` does the rest.
    ///
    /// - Throws: `SystemCallError` when store or directory can't be made, or it can't be watched.
    public init(
        configuration: CatalogConfiguration,
        workers: any WorkerHost,
        installer: any VersionInstaller,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.installer = installer
        self.logger = logger
        try FileIO.makeDirectory(configuration.directory)
        // Now, when nobody can have begun one here yet.
        leftovers = FileIO.names(in: configuration.directory, hidden: true)
            .filter { $0.hasSuffix(Self.deploySuffix) }
        store = try ImageStore(directory: configuration.store, release: configuration.host)
        examiner = Examiner(configuration: configuration, store: store, workers: workers)
        watch = try DirectoryWatch(
            path: configuration.directory,
            usesInotify: configuration.usesInotify
        )
        state = CatalogState(
            parallelism: configuration.parallelism,
            pluginLimit: configuration.pluginLimit
        )
        (kicks, kick) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (unsaved, save) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    /// Serves what the store knows, then follows the directory until the task is cancelled.
    ///
    /// - Throws: Nothing now; the signature leaves room.
    public func run() async throws {
        await resume()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow() }
            group.addTask { await self.verifyStore() }
            group.addTask { await self.saveImages() }
            for await _ in kicks {
                for (file, errand) in state.begin(now: .now) {
                    group.addTask { await self.perform(errand, on: file) }
                }
                setAlarm(&group)
            }
        }
        watch.end()
        isOver = true
        for waiter in waiters.takeAll() { waiter.resume(throwing: Self.ending) }
    }

    /// Whether everything that was in the directory at the start has been looked at.
    public var isReady: Bool { isScanned && state.files.keys.allSatisfy { isSettled($0) } }

    /// What has become of each file of the directory, sorted by name.
    ///
    /// The cells of a plugin are dispatch's to fill in.
    public func plugins() -> [PluginView] {
        state.files.keys.sorted().map { state.view($0) }
    }

    // MARK: - The loop

    func wake() { kick.yield() }

    private func follow() async {
        for await _ in watch.wakeups { await hear(watch.take()) }
    }

    private func hear(_ changes: [DirectoryChange]) async {
        let now = ContinuousClock.now
        let time = wallClock()
        for change in changes {
            switch change {
            case .completed(let name) where isPluginName(name):
                state.want(name, at: now + configuration.settle, time: time)
            case .appeared(let name) where isPluginName(name):
                state.want(name, at: now + configuration.settleUnfinished, time: time)
            case .gone(let name): state.wantLater(name, at: now + configuration.settleRemoved)
            case .rescan: await rescan()
            case .completed(let name), .appeared(let name):
                // A library such as libx.so.1 is looked at only with its signature file.
                noteChange(ofLibrary: name, at: now + configuration.settle)
            }
        }
        wake()
    }

    /// Looks at everything that is in the directory, or was.
    private func rescan() async {
        let directory = configuration.directory
        let listed = await offload { FileIO.names(in: directory) }.filter(isPluginName)
        let now = ContinuousClock.now
        let time = wallClock()
        for name in listed { state.want(name, at: now, time: time) }
        for name in Set(state.files.keys).subtracting(listed) {
            state.wantLater(name, at: now + configuration.settleRemoved)
        }
        isScanned = true
        wake()
    }

    private func isPluginName(_ name: String) -> Bool { Self.isPluginName(name) }

    private func isSettled(_ name: String) -> Bool {
        guard state.isPending(name), let file = state.files[name] else { return true }
        return file.refusal != nil || file.plugin != nil
    }

    private func setAlarm(_ group: inout DiscardingTaskGroup) {
        guard let due = state.nextDue, alarm.map({ due < $0 }) ?? true else { return }
        alarm = due
        group.addTask {
            do {
                try await Task.sleep(until: due, clock: .continuous)
                await self.ring(due)
            } catch {
                // Cancelled: nothing is left to be woken.
            }
        }
    }

    private func ring(_ due: ContinuousClock.Instant) {
        if alarm == due { alarm = nil }
        wake()
    }
}
