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
    private let examiner: Examiner
    private let watch: DirectoryWatch
    private let kicks: AsyncStream<Void>
    private let kick: AsyncStream<Void>.Continuation
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
    }

    /// Serves what the store knows, then follows the directory until the task is cancelled.
    ///
    /// - Throws: Nothing now; the signature leaves room.
    public func run() async throws {
        await resume()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow() }
            group.addTask { await self.verifyStore() }
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
            case .completed, .appeared: break
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

    private func isPluginName(_ name: String) -> Bool {
        name.hasSuffix(".so") && !name.hasPrefix(".") && name.utf8.count > 3
    }

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

    // MARK: - Errands

    private func perform(_ errand: CatalogState.Errand, on file: String) async {
        switch errand {
        case .look: await look(at: file)
        case .rollback(let hash, let ticket): await goBack(file, to: hash, ticket)
        }
        state.end(file)
        wake()
    }

    private func look(at file: String) async {
        let hopefuls = waiters.take(file)
        do {
            let hash = try await act(
                on: file,
                try await examiner.examine(
                    file,
                    knowing: state.knowledge(of: file)
                )
            )
            answer(hopefuls, file, hash)
        } catch {
            // The host ends; the next start looks again.
            for waiter in hopefuls { waiter.resume(throwing: error) }
        }
    }

    /// Acts on what a look found; returns the hash of what is in the file, if known.
    private func act(on file: String, _ finding: Finding) async throws -> String? {
        switch finding {
        case .gone:
            if let retired = state.remove(file) {
                await retire(retired, because: "\(file) is gone")
            }
            return nil
        case .unchanged:
            state.confirm(file)
            return state.record(of: file)?.fileHash
        case .refused(let refusal, let identity, let hash):
            refuse(file, refusal, identity: identity)
            return hash
        case .candidate(let candidate):
            await adopt(file, candidate)
            return candidate.fileHash
        }
    }

    private func refuse(
        _ file: String,
        _ refusal: PluginRefusal,
        identity: FileIdentity?,
        onAccountOfOthers: Bool = false
    ) {
        let isNews = state.refuse(
            file,
            refusal,
            identity: identity,
            onAccountOfOthers: onAccountOfOthers,
            time: wallClock()
        )
        if let delay = refusal.retryDelay {
            state.want(file, at: .now + delay, time: wallClock())
        }
        guard isNews, refusal.kind != "beingWritten" else { return }
        logger.warning(
            "Plugin refused",
            metadata: [
                "file": "\(file)", "kind": "\(refusal.kind)", "reason": "\(refusal.message)",
                "stillServing": "\(state.record(of: file)?.current ?? "nothing")",
            ]
        )
    }

    /// Puts a version into service, or says why not.
    private func adopt(_ file: String, _ candidate: Candidate) async {
        let plugin = candidate.version.record.manifest.plugin
        do {
            try state.claim(plugin, for: file) { name in
                FileIdentity(path: "\(configuration.directory)/\(name)") != nil
            }
        } catch {
            refuse(file, error, identity: candidate.identity, onAccountOfOthers: true)
            return
        }
        do {
            if !state.isServing(candidate.version.hash, plugin: plugin) {
                try await installer.install(
                    PluginVersion(candidate.version, store: store),
                    warm: state.isWorthWarming(plugin)
                )
            }
        } catch {
            state.unclaim(plugin, for: file)
            refuse(
                file,
                PluginRefusal(anyError: error),
                identity: candidate.identity,
                onAccountOfOthers: true
            )
            return
        }
        let aftermath = state.serve(
            file,
            candidate,
            keeping: configuration.versionsKept,
            time: wallClock()
        )
        logger.info(
            "Plugin in service",
            metadata: [
                "file": "\(file)", "plugin": "\(plugin)", "version": "\(candidate.version.hash)",
            ]
        )
        await settle(aftermath)
    }

    /// Serves an older version that the store still has.
    private func goBack(_ file: String, to hash: String, _ ticket: Int) async {
        guard let record = state.record(of: file), let kept = record.kept(hash) else {
            waiters.take(ticket)?.resume(
                throwing: HostOperationError(
                    .conflict,
                    "\(file) was replaced or removed meanwhile; see `roost plugins`."
                )
            )
            return
        }
        let store = store
        guard await offload({ store.isPresent(kept) && store.isSound(hash) }) else {
            waiters.take(ticket)?.resume(
                throwing: HostOperationError(
                    .conflict,
                    "The stored image of version \(hash.prefix(12)) is damaged; deploy it again."
                )
            )
            return
        }
        await adopt(
            file,
            Candidate(identity: record.identity, fileHash: record.fileHash, version: kept)
        )
        let view = state.view(file)
        if view.version == hash {
            waiters.take(ticket)?.resume(returning: view)
        } else {
            waiters.take(ticket)?.resume(
                throwing: view.refusal
                    ?? PluginRefusal(kind: "notServed", message: "\(file) is not served.")
            )
        }
    }

    // MARK: - Afterwards

    private func settle(_ aftermath: Aftermath) async {
        let store = store
        await noteFailure("write down what is served") {
            try store.remember(aftermath.record)
            for hash in aftermath.droppedHashes { try store.delete(hash) }
        }
        if let retired = aftermath.retired {
            await retire(retired, because: "its file declares another plugin now")
        }
        if aftermath.replacedOther { lookAgainAtDependents() }
    }

    private func retire(_ retired: Retired, because reason: String) async {
        await installer.remove(plugin: retired.plugin)
        logger.info(
            "Plugin retired",
            metadata: ["plugin": "\(retired.plugin)", "reason": "\(reason)"]
        )
        let store = store
        await noteFailure("clear away what was served") {
            try store.forget(plugin: retired.plugin)
            for hash in retired.hashes { try store.delete(hash) }
        }
        lookAgainAtDependents()
    }

    private func lookAgainAtDependents() {
        let time = wallClock()
        for file in state.dependentFiles { state.want(file, at: .now, time: time) }
    }

    /// Does what the host can live without, and says so when it fails.
    func noteFailure(
        _ purpose: String,
        _ work: @escaping @Sendable () throws -> Void
    ) async {
        do {
            try await offload(work)
        } catch {
            logger.error("Could not \(purpose)", metadata: ["error": "\(error)"])
        }
    }
}
