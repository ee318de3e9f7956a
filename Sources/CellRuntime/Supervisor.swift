internal import CCell
internal import CellProtocol
internal import Synchronization

/// The thread that holds running workers to their limits.
///
/// It sleeps while nothing runs, and otherwise until the first instant at which a limit can be
/// passed.
final class Supervisor: Sendable {
    /// How often a run is looked at in any case, for what the host asks by the shared page.
    private static let coarse: Int64 = 20_000_000

    private struct Entry: @unchecked Sendable {
        // Unchecked: the record is shared by design; see its C declaration.
        var thread: UnsafeMutablePointer<cell_thread>
        var watch = RunWatch()
        var demand = DemandWatch()
        /// Whether the host has been told that it yields.
        var isTold = false
    }

    private let entries = Mutex<[Entry]>([])
    private let answer: @Sendable (Handed) -> Void
    private let abandon: @Sendable (Handed) -> Void
    private let tell: @Sendable (_ threads: [UInt32], _ yields: Bool) -> Bool

    /// A thread that does not end.
    struct Handed: @unchecked Sendable {
        // Unchecked: the record is shared by design; see its C declaration.
        var thread: UnsafeMutablePointer<cell_thread>
    }

    /// Has `answer` speak for threads that take their time to end, and `abandon` bury those that
    /// don't, and `tell` say to the host which threads are to let all others go first, or no longer:
    /// false when that has to wait.
    init(
        answer: @escaping @Sendable (Handed) -> Void,
        abandon: @escaping @Sendable (Handed) -> Void,
        tell: @escaping @Sendable (_ threads: [UInt32], _ yields: Bool) -> Bool
    ) {
        self.answer = answer
        self.abandon = abandon
        self.tell = tell
    }

    func add(_ thread: UnsafeMutablePointer<cell_thread>) {
        entries.withLock { $0.append(Entry(thread: thread)) }
    }

    func remove(_ thread: UnsafeMutablePointer<cell_thread>) {
        entries.withLock { entries in entries.removeAll { $0.thread == thread } }
    }

    /// Looks and sleeps, for ever.
    func run() -> Never {
        while true {
            cell_supervisor_plan(cell_now() + Self.coarse)
            var next = look()
            if next == .max {
                // Who starts a run from here on wakes this thread; who did so before is seen now.
                cell_supervisor_plan(.max)
                next = look()
                if next != .max { continue }
            } else {
                cell_canary_wake()
                next = min(next, cell_now() + Self.coarse)
                cell_supervisor_plan(next)
            }
            cell_supervisor_wait(next)
        }
    }

    private func look() -> Int64 {
        let now = cell_now()
        return entries.withLock { entries in
            var next = Int64.max
            for index in entries.indices {
                let thread = entries[index].thread
                let (action, again) = entries[index].watch.look(
                    Self.sight(of: thread),
                    now: now,
                    cpuUsed: { Self.cpuUsed(thread) }
                )
                perform(action, on: thread)
                if let yields = entries[index].demand.look(
                    now: now,
                    demand: { cell_thread_demand_ns(thread) }
                ) {
                    settle(&entries[index], yields: yields)
                }
                next = min(next, again)
            }
            return next
        }
    }

    /// Has a worker go behind the others, or come back; one that the kernel keeps there is replaced
    /// after its next invocation.
    private func settle(_ entry: inout Entry, yields: Bool) {
        let error = cell_thread_yield(entry.thread, yields ? 1 : 0)
        if !yields, error != 0 { cell_store32(&entry.thread.pointee.worn, 1) }
        guard entry.isTold != yields, tell(Self.threads(of: entry.thread), yields) else { return }
        entry.isTold = yields
    }

    private static func threads(of thread: UnsafeMutablePointer<cell_thread>) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: CellMessage.mostThreads) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = Int(cell_thread_ids(thread, base, Int32(buffer.count)))
        }
    }

    private static func cpuUsed(_ thread: UnsafeMutablePointer<cell_thread>) -> Int64 {
        cell_sides_cpu_ns(thread) - thread.pointee.run_cpu_started
    }

    private static func sight(of thread: UnsafeMutablePointer<cell_thread>) -> RunWatch.Sight {
        let word = cell_load64(&thread.pointee.run_word)
        let isOver = cell_load32(&thread.pointee.done) != 0
        let stage = cell_load32(&thread.pointee.stage)
        let state = word & 0xff
        let isEnding = !isOver && state == UInt64(CELL_RUN_ENDING)
        return RunWatch.Sight(
            run: word >> 8,
            isActive: !isOver && state == UInt64(CELL_RUN_ACTIVE),
            isEnding: isEnding,
            startsImage: stage == UInt32(CELL_LOADING) || stage == UInt32(CELL_STARTING),
            started: thread.pointee.run_started,
            deadline: thread.pointee.limit_deadline,
            cpuLimit: thread.pointee.limit_cpu,
            grace: thread.pointee.grace,
            threads: Int64(cell_load32(&thread.pointee.side_threads)) + 1,
            ownCPU: isEnding ? cell_thread_cpu_ns(thread) : 0,
            isAnswered: cell_load32(&thread.pointee.answered) != 0,
            isCancelled: thread.pointee.cancel_word.map { cell_load32($0) != 0 } ?? false
        )
    }

    private func perform(_ action: RunWatch.Action, on thread: UnsafeMutablePointer<cell_thread>) {
        switch action {
        case .nothing: break
        case .cancel(let verdict):
            cell_store32(&thread.pointee.verdict, verdict.rawValue)
            if verdict != .cancelled, let word = thread.pointee.cancel_word {
                cell_store32(word, 2)
            }
            Self.wake(thread)
        case .end(let verdict): end(thread, verdict)
        case .kick: cell_thread_kick(thread)
        case .answer:
            cell_thread_kick(thread)
            answer(Handed(thread: thread))
        case .abandon:
            cell_store32(&thread.pointee.abandoned, 1)
            // Others that came by the text wait for it.
            cell_thread_allow_text(thread)
            cell_thread_set_idle(thread)
            _ = tell(Self.threads(of: thread), true)
            abandon(Handed(thread: thread))
        }
    }

    /// Takes the thread's text away and interrupts it, unless its run has ended in this moment.
    private func end(_ thread: UnsafeMutablePointer<cell_thread>, _ verdict: RunWatch.Verdict) {
        let word = cell_load64(&thread.pointee.run_word)
        guard word & 0xff == UInt64(CELL_RUN_ACTIVE) else { return }
        cell_store32(&thread.pointee.verdict, verdict.rawValue)
        let ending = word & ~0xff | UInt64(CELL_RUN_ENDING)
        guard cell_swap64(&thread.pointee.run_word, word, ending) != 0 else { return }
        if thread.pointee.text_high == 0 { Self.findText(of: thread) }
        cell_thread_forbid_text(thread)
        cell_thread_kick(thread)
        Self.wake(thread)
    }

    /// Finds the text of an image that the loader has not given back yet.
    private static func findText(of thread: UnsafeMutablePointer<cell_thread>) {
        let inode = cell_load64(&thread.pointee.image_inode)
        var low: UInt = 0
        var high: UInt = 0
        guard inode != 0,
            cell_image_find_text(thread.pointee.image_device, inode, &low, &high) == 0
        else { return }
        thread.pointee.text_low = low
        thread.pointee.text_high = high
    }

    private static func wake(_ thread: UnsafeMutablePointer<cell_thread>) {
        let wake = cell_load64(&thread.pointee.wake_fd)
        if wake > 0 { cell_wake_raise(Int32(wake - 1)) }
    }
}
