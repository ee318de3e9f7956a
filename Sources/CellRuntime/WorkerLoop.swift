internal import CCell
internal import Synchronization

/// What a worker's thread has to do besides reading its channel: jobs, callbacks and timers.
///
/// Everything but `post` belongs to the worker's thread. After an invocation has ended, jobs that it
/// left behind (child tasks, detached tasks) stay in the queue and run whenever the loop is next
/// awake; callbacks and timers of the plugin's are dropped with their invocation.
final class WorkerLoop: @unchecked Sendable {
    // Unchecked: `inbox` and `isDead` are for all threads, the rest for the worker's own.
    enum Item {
        case job(UnownedJob)
        /// Of the main queue, or the main actor's.
        case work(PluginCallback)
        case callback(context: UInt64, PluginCallback)
    }

    private struct Timer {
        var due: Int64
        var item: Item
    }

    private let thread: UnsafeMutablePointer<cell_thread>
    private let inbox = Mutex<[Item]>([])
    private let isDead = Atomic(false)
    private var ready: [Item] = []
    private var head = 0
    private var timers: [Timer] = []
    /// Wakes the thread out of its wait.
    let wake: Int32

    init(thread: UnsafeMutablePointer<cell_thread>) {
        self.thread = thread
        wake = cell_wake_make()
        if wake >= 0 { cell_store64(&thread.pointee.wake_fd, UInt64(wake) + 1) }
    }

    /// Drops whatever still comes: its worker is gone.
    func die() {
        isDead.store(true, ordering: .sequentiallyConsistent)
        inbox.withLock { $0.removeAll() }
    }

    /// Adds something to do, soon.
    ///
    /// May be called on any thread.
    func post(_ item: Item) {
        if isDead.load(ordering: .acquiring) { return }
        if cell_thread_is_own(thread) != 0 {
            ready.append(item)
            return
        }
        // Who ended within the lock, for lack of memory, would leave it taken for ever.
        cell_memory_exempt(1)
        inbox.withLock { $0.append(item) }
        cell_memory_exempt(0)
        if wake >= 0 { cell_wake_raise(wake) }
    }

    /// Adds something to do after a delay; on any thread for jobs, else on the worker's own.
    func post(_ item: Item, after delay: Int64) {
        let due = cell_now() &+ max(0, delay)
        let index = timers.firstIndex { $0.due > due } ?? timers.count
        timers.insert(Timer(due: due, item: item), at: index)
    }

    /// Whether there is something to do now, timers not counted.
    var hasWork: Bool { head < ready.count || inbox.withLock { !$0.isEmpty } }

    /// The next thing that is due now.
    func next() -> Item? {
        if head == ready.count {
            ready.removeAll(keepingCapacity: true)
            head = 0
            inbox.withLock { swap(&ready, &$0) }
            collectTimers()
        }
        guard head < ready.count else { return nil }
        defer { head += 1 }
        return ready[head]
    }

    private func collectTimers() {
        guard let first = timers.first else { return }
        let now = cell_now()
        guard first.due <= now else { return }
        let count = timers.firstIndex { $0.due > now } ?? timers.count
        ready.append(contentsOf: timers[..<count].map(\.item))
        timers.removeFirst(count)
    }

    /// How long the thread may sleep: nanoseconds, or -1 for ever.
    var patience: Int64 {
        guard let first = timers.first else { return -1 }
        return max(0, first.due - cell_now())
    }

    /// Forgets callbacks and timers of a context that is over.
    func drop(context: UInt64) {
        timers.removeAll { timer in
            guard case .callback(context, _) = timer.item else { return false }
            return true
        }
    }
}

/// A function of the plugin's with its argument.
struct PluginCallback: @unchecked Sendable {
    // Unchecked: the pointers are the plugin's and only handed back to it.
    var function: @convention(c) (UnsafeMutableRawPointer?) -> Void
    var argument: UnsafeMutableRawPointer?
}
