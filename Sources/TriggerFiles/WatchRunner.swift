internal import FunctionModel
internal import Logging
internal import Platform
internal import Synchronization

/// One watch: keeps the index like the directory, and the queue fed from the index.
///
/// Every cause of a look ends in the same: the directory, or the file, is looked at and compared with
/// the index. What differs goes into the index and the queue by one commit.
actor WatchRunner {
    /// How a watch hears of changes.
    enum Mode: Sendable, Hashable {
        /// It has not begun.
        case starting
        /// The kernel tells.
        case watching
        /// It looks again and again, for this reason.
        case polling(String)
        /// The directory isn't there, or can't be read.
        case absent(String)
    }

    /// How often the directory's path is looked at: nothing tells that one above was renamed, or that
    /// something was mounted over it.
    static let rootInterval = Duration.seconds(1)
    /// How often everything is looked at although the kernel has told of no change.
    static let fullInterval = Duration.seconds(600)
    static let pollInterval = Duration.seconds(1)
    static let retryPause = Duration.seconds(1)

    let plan: WatchPlan
    let services: WatchServices
    nonisolated let inbox = WatchInbox()
    nonisolated let flight = Flight()
    nonisolated let shown = Mutex(Shown())
    var watch: FileWatch? { didSet { show() } }
    /// The directory that is watched; `nil` while there is none.
    var root: FileStatus? { didSet { show() } }
    /// The same, open; only for a turn, so that what is mounted there can be unmounted.
    var tree: FileTree?
    /// What is mounted on the directory and below it.
    var mounts: Set<MountPoints.Mount> = []
    /// The kernel's numbers of the directories that are watched.
    var numbers: [[UInt8]: Int32] = [:]
    var settling = Settling()
    var loop: LoopGuard
    var mode = Mode.starting { didSet { show() } }
    var hasBacklog = true
    /// Whether files may be left to be deleted or moved.
    var hasActions = true
    /// When something that failed is tried again.
    var retry: ContinuousClock.Instant?
    /// When the kernel is asked again that had no more watches to give.
    var watchRetry: ContinuousClock.Instant?
    /// Why the directory is looked at again and again, as it was last said.
    var polledFor: String?
    var rootCheck = ContinuousClock.now
    var fullLook = ContinuousClock.now
    var overflows = 0
    var lastScan = Duration.zero
    var looks = 0
    private var alarm: (time: ContinuousClock.Instant, task: Task<Void, Never>)?
    private var told: Set<String> = []

    init(_ plan: WatchPlan, _ services: WatchServices) {
        self.plan = plan
        self.services = services
        loop = LoopGuard(isNeeded: plan.mayWrite, stableFor: plan.stableFor)
    }

    /// Watches until the task is cancelled.
    func run() async {
        inbox.wake()
        for await _ in inbox.signals {
            do throws(StoreError) { try await turn() } catch {
                if Task.isCancelled { break }
                say("the index can't be kept now: \(error)", .warning)
                inbox.lookAtEverything()
                retry = .now + Self.retryPause
                await pause()
            }
            tree = nil
            arm()
        }
        close()
    }

    private func pause() async {
        do { try await Task.sleep(for: Self.retryPause) } catch {}
    }

    /// Does what there is to do.
    private func turn() async throws(StoreError) {
        if watch == nil { try await open() }
        let now = ContinuousClock.now
        if retry.map({ $0 <= now }) == true {
            retry = nil
            hasBacklog = true
            hasActions = true
        }
        if flight.takeEnded() {
            // What changed while it ran waits now; and what has left may have to go.
            hasBacklog = true
            hasActions = plan.action != .leave
            inbox.lookAgain(but: flight)
            try await refill()
        }
        var findings = inbox.take()
        note(findings)
        await enter(&findings)
        let isTrying = watchAgain(&findings)
        if fullLook <= now || settling.takeCut() { findings.lookAtEverything() }
        if tree != nil {
            try await look(findings)
            try await lookAtSettled()
        }
        if isTrying, mode == .watching { sayWatching() }
        if flight.count == 0 { loop.ended(now: .now) }
        if loop.look(now: .now) { sayStopped() }
        if hasActions { try await act() }
        try await refill()
        showCounts()
    }

    private func open() async throws(StoreError) {
        let opened = try await services.store.openWatch(of: plan.function, on: plan.directory)
        // What was queued when the host ended is under way again.
        try await flight.resume(opened.id, in: services.store)
        watch = opened
        inbox.lookAtEverything()
    }

    private func note(_ findings: Findings) {
        guard findings.overflows > 0 else { return }
        overflows += findings.overflows
        say("the kernel's queue was full; everything is looked at", .notice)
    }

    private func sayStopped() {
        say(
            "stopped: \(plan.function) writes into the directory that it watches, and would go on for "
                + "ever. Have it write elsewhere, or narrow what is matched, then say "
                + "`roost files reprocess \(plan.function)` to let it go on",
            .error
        )
    }

    private func show() {
        let (watch, root, mode) = (watch, root, mode)
        shown.withLock { shown in
            shown.mode = mode
            // Until it has found the directory it shows what the one before it has found.
            guard mode != .starting || shown.watch == nil else { return }
            shown.watch = watch
            shown.root = root
        }
    }

    private func showCounts() {
        let (isStopped, looks, lastScan) = (loop.verdict == .stopped, looks, lastScan)
        let (overflows, settling, directories) = (overflows, settling.count, numbers.count)
        shown.withLock { shown in
            shown.isStopped = isStopped
            shown.looks = looks
            shown.lastScan = lastScan
            shown.overflows = overflows
            shown.settling = settling
            shown.directories = directories
        }
    }

    /// Lets a watch go on that has been stopped, and looks at everything.
    func release() {
        loop.release()
        told = []
        hasBacklog = true
        inbox.lookAtEverything()
    }

    /// Logs something of this watch.
    func say(_ words: String, _ level: Logger.Level) {
        services.logger.log(
            level: level,
            "\(words)",
            metadata: [
                "function": "\(plan.function)",
                "directory": "\(String(decoding: plan.directory, as: UTF8.self))",
            ]
        )
    }

    /// Logs something once until it is forgotten.
    func sayOnce(_ words: String, _ level: Logger.Level) {
        guard told.count < 64, told.insert(words).inserted else { return }
        say(words, level)
    }

    /// When there is something to do next.
    var due: ContinuousClock.Instant {
        // Nothing can be looked at while the directory isn't there.
        let look = root == nil ? nil : fullLook
        return [look, settling.next, loop.next, retry].compactMap { $0 }.reduce(rootCheck, min)
    }

    /// Wakes the watch when something is due.
    private func arm() {
        let first = due
        if let alarm, alarm.time <= first, alarm.time > .now { return }
        alarm?.task.cancel()
        let inbox = inbox
        let task = Task {
            do {
                try await Task.sleep(until: first, clock: .continuous)
                inbox.wake()
            } catch {}
        }
        alarm = (first, task)
    }

    private func close() {
        alarm?.task.cancel()
        unwatchAll()
    }
}

extension WatchRunner {
    /// What others may see of a watch at any time.
    struct Shown: Sendable {
        var watch: FileWatch?
        var root: FileStatus?
        var mode = Mode.starting
        var isStopped = false
        var looks = 0
        var lastScan = Duration.zero
        var overflows = 0
        var settling = 0
        var directories = 0
    }
}

/// What a watch needs of others.
struct WatchServices: Sendable {
    let store: any FileIndex & InvocationQueue
    let thread: WatchThread?
    let logger: Logger
    let bounds: QueueBounds
    /// After what time the kernel is asked again that had no more watches to give.
    let watchInterval: Duration
    let now: @Sendable () -> WallTime
    /// Events were found.
    let onEvents: @Sendable (FunctionName, FileChangeKind, Int) -> Void
}
