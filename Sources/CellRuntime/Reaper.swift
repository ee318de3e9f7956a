internal import CCell
internal import CellProtocol
internal import Glibc

/// Says to the host what became of a worker whose thread has left its body, from the thread's C
/// record alone.
struct Reaper {
    /// How long a host that does not read is waited for.
    private static let patience: Int64 = 2_000_000_000

    /// The base name of the cell's own executable.
    let cell: String

    /// What is to be told on the control channel.
    struct Finding {
        var taint: String?
        /// Whether the slot's arena can be used on: nobody ended inside of it.
        var arenaIsSound = true
    }

    /// Tells the host how a run ends whose thread takes its time to do so; what it still says itself is
    /// dropped from then on.
    func answer(for thread: UnsafeMutablePointer<cell_thread>) {
        guard cell_load32(&thread.pointee.answered) == 0 else { return }
        sayLast(thread, nil)
    }

    /// Buries a worker: its channel has been answered and shut after this.
    func bury(_ thread: UnsafeMutablePointer<cell_thread>) -> Finding {
        let isAbandoned = cell_load32(&thread.pointee.abandoned) != 0
        let hasReturned = !isAbandoned && thread.pointee.report.kind == CELL_RETURNED
        let isInLoader = cell_load32(&thread.pointee.stage) == UInt32(CELL_LOADING) && !hasReturned
        if isInLoader { cell_image_loader_is_stuck() }
        let crash = CrashReport(thread)
        var finding = Finding(taint: crash?.taint)
        finding.arenaIsSound = crash?.taint == nil
        if !hasReturned, cell_load32(&thread.pointee.answered) == 0 { sayLast(thread, crash) }
        if isInLoader {
            finding.taint = "a plugin ended inside the loader, which may have left its lock taken"
        }
        if crash != nil, MemoryBreach(thread) != nil {
            finding.taint = "a plugin met its memory limit, which may have left a lock taken"
            // Refused, it crashes outside of the allocator, unless there was more amiss.
            finding.arenaIsSound = crash?.isInAllocator == false
        }
        if isAbandoned {
            finding.taint = "a thread could not be ended"
        } else if cell_load32(&thread.pointee.side_threads) != 0 {
            finding.taint = "threads that a plugin made outlive their worker"
        } else if thread.pointee.verdict == UInt32(CELL_VERDICT_SIDE_FAULT) {
            finding.taint = "a thread that a plugin made has crashed"
        }
        shutdown(thread.pointee.channel, Int32(SHUT_RDWR))
        return finding
    }

    private func sayLast(_ thread: UnsafeMutablePointer<cell_thread>, _ crash: CrashReport?) {
        var writer = FrameWriter(capacity: 1_024)
        switch Int(cell_load32(&thread.pointee.stage)) {
        case Int(CELL_LOADING), Int(CELL_STARTING): refused(thread, crash).write(to: &writer)
        case Int(CELL_SERVING) where thread.pointee.run_sequence != 0:
            var flags = EndFrame.workerEnds
            if thread.pointee.run_streamed != 0 { flags |= EndFrame.streamed }
            if crash?.mayBeAnothers == true { flags |= EndFrame.mayBeAnothers }
            end(thread, crash).write(
                to: &writer,
                slot: UInt16(truncatingIfNeeded: thread.pointee.run_slot),
                sequence: thread.pointee.run_sequence,
                flags: flags
            )
        default:
            let message = "A worker ended outside of any invocation: \(crash?.message ?? "it hung")"
            LogFrame.write(
                to: &writer,
                level: 4,
                time: cell_unix_time(),
                message: Array(message.utf8)
            )
            // Before it was ready it would be a refusal.
            guard cell_load32(&thread.pointee.stage) != UInt32(CELL_CONFIGURING) else { break }
            let code = crash == nil ? ended(thread.pointee.verdict).code : .crashed
            LeaveFrame(code: code).write(to: &writer)
        }
        writer.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let error = cell_channel_send_last(thread, base, bytes.count, Self.patience)
            if error != EBUSY { cell_store32(&thread.pointee.answered, 1) }
        }
    }

    private func refused(
        _ thread: UnsafeMutablePointer<cell_thread>,
        _ crash: CrashReport?
    ) -> RefusedFrame {
        if crash != nil, let breach = MemoryBreach(thread) {
            return RefusedFrame(
                kind: "startMemoryExceeded",
                message: "it crashed while it started: \(breach.message)"
            )
        }
        if let crash {
            return RefusedFrame(
                kind: "startCrashed",
                message: "it crashed while it started: \(crash.message)"
            )
        }
        return RefusedFrame(
            kind: "startTimedOut",
            message: "it did not finish starting within its time limit"
        )
    }

    private func end(
        _ thread: UnsafeMutablePointer<cell_thread>,
        _ crash: CrashReport?
    ) -> EndHead {
        var head = crash.map(crashed) ?? ended(thread.pointee.verdict)
        if crash != nil, let breach = MemoryBreach(thread) { breach.explain(&head) }
        head.peakMemory = cell_memory_page_peak(thread)
        let isOver = cell_load32(&thread.pointee.done) != 0
        let now = isOver ? thread.pointee.ended_at : cell_now()
        let cpu = isOver ? thread.pointee.ended_cpu : cell_sides_cpu_ns(thread)
        head.run = UInt64(max(0, now - thread.pointee.run_started))
        head.cpu = UInt64(max(0, cpu - thread.pointee.run_cpu_started))
        return head
    }

    private func crashed(_ crash: CrashReport) -> EndHead {
        var head = EndHead(code: .crashed)
        head.errorKind = crash.kind
        head.errorMessage = crash.message
        head.frames = crash.ownFrames(cell: cell).map { ($0.image, $0.offset) }
        return head
    }

    private func ended(_ verdict: UInt32) -> EndHead {
        var head: EndHead
        switch RunWatch.Verdict(rawValue: verdict) {
        case .cpu:
            head = EndHead(code: .cpuExceeded)
            head.errorKind = "cpuLimit"
            head.errorMessage = "it used up its CPU time and was ended"
        case .cancelled:
            head = EndHead(code: .cancelled)
            head.errorKind = "cancelled"
            head.errorMessage = "it was cancelled, did not stop, and was ended"
        default:
            head = EndHead(code: .timedOut)
            head.errorKind = "timeout"
            head.errorMessage = "its time limit passed, it did not stop, and was ended"
        }
        return head
    }
}
