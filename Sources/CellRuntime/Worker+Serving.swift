internal import CCell
internal import CFunctionABI
internal import CPlatform
internal import CellProtocol
internal import Glibc

extension Worker {
    /// How long tasks that an invocation has left behind may keep the loop from its next look.
    private static let leftoverLimit: Int64 = 5_000_000_000
    private static let drainLimit: Int64 = 5_000_000_000

    /// Runs what the channel brings until the host retires the worker or closes the channel.
    func serve() throws(ProtocolViolation) {
        while !channelIsGone {
            if isSpent { return drain() }
            if !deferred.isEmpty {
                let frame = deferred.removeFirst()
                let copy = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: frame.payload.count,
                    alignment: 16
                )
                copy.copyBytes(from: frame.payload)
                defer { copy.deallocate() }
                if try process(frame.header, UnsafeRawBufferPointer(copy)) { return drain() }
            } else if let frame = try receiver.next() {
                if try process(frame.header, frame.payload) { return drain() }
            } else {
                try waitIdle()
            }
        }
    }

    /// Handles a frame between invocations; true when it was the last.
    private func process(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer
    ) throws(ProtocolViolation) -> Bool {
        switch header.kind {
        case .invoke:
            receiver.pin()
            try invoke(header, payload)
            receiver.unpin()
            settleLeftovers()
            return isSpent
        case .retire: return true
        // What comes for an invocation that is over has nothing to do any more.
        case .body, .credit, .cancel, .answer: break
        default: throw .unexpected("\(header.kind) frame")
        }
        return false
    }

    private func waitIdle() throws(ProtocolViolation) {
        receiver.unpin()
        guard let loop else {
            let count = try receiver.fill(from: thread.pointee.channel, wait: true)
            if count == 0 || count < 0 && count != -Int(EINTR) { channelIsGone = true }
            return
        }
        if !allowsBackground, loop.hasWork { return giveUpLeftovers() }
        if let item = loop.next() {
            beginWatch(deadline: cell_now() &+ Self.leftoverLimit, cpuLimit: .max, grace: 0)
            perform(item)
            // A timer alone may be that of a sleep which was cancelled, and then leads to nothing.
            while allowsBackground, let item = loop.next() {
                perform(item)
                if isChannelReady { break }
            }
            endWatch()
        } else {
            try waitForChannel(loop, patience: loop.patience)
        }
    }

    private var isChannelReady: Bool {
        cell_channel_wait(thread.pointee.channel, -1, 0) != 0
    }

    /// Waits for channel, timer or wake-up, and reads what is there.
    func waitForChannel(_ loop: WorkerLoop, patience: Int64) throws(ProtocolViolation) {
        // A channel that is gone would always be ready.
        let channel = channelIsGone ? -1 : thread.pointee.channel
        let events = cell_channel_wait(channel, loop.wake, patience)
        if events & Int32(CELL_WOKEN) != 0 { cell_wake_clear(loop.wake) }
        if isEnding { cell_thread_leave() }
        if events & Int32(CELL_CHANNEL_READY) != 0 {
            let count = try receiver.fill(from: thread.pointee.channel, wait: false)
            if count == 0 || count < 0 && count != -Int(EAGAIN) { channelIsGone = true }
        }
    }

    /// Does one thing of the loop.
    func perform(_ item: WorkerLoop.Item) {
        cpuAtEnd = nil
        switch item {
        case .job(let job): executor?.run(job)
        case .work(let work): work.function(work.argument)
        case .callback(let context, let callback):
            guard context == thread.pointee.context_number else { return }
            callback.function(callback.argument)
        }
        if isEnding { cell_thread_leave() }
    }

    /// Whether the supervisor has decided to end this thread.
    var isEnding: Bool {
        cell_load64(&thread.pointee.run_word) & 0xff == UInt64(CELL_RUN_ENDING)
    }

    /// Lets the plugin say goodbye.
    private func drain() {
        guard let table, let drain = table.pointee.drain else { return }
        setStage(CELL_DRAINING)
        run = Run()
        beginWatch(deadline: cell_now() &+ Self.drainLimit, cpuLimit: .max, grace: 0)
        cell_memory_set_limit(thread, memory.limit)
        let context = openContext()
        awaitReply(code: drain(table.pointee.state, context))
        closeContext()
        cell_thread_flush_lines(thread)
        endWatch()
    }

    // MARK: The supervisor's sight

    /// Lets the supervisor watch what follows.
    func beginWatch(deadline: Int64, cpuLimit: Int64, grace: Int64) {
        let now = cell_now()
        thread.pointee.run_started = now
        let isAlone = cell_load32(&thread.pointee.side_threads) == 0
        thread.pointee.run_cpu_started = (isAlone ? cpuAtEnd : nil) ?? cell_sides_cpu_ns(thread)
        thread.pointee.limit_deadline = deadline
        thread.pointee.limit_cpu = cpuLimit
        thread.pointee.grace = grace
        thread.pointee.message_count = 0
        cell_memory_reset(thread)
        memory.before = cell_memory_live(thread)
        cell_store32(&thread.pointee.verdict, UInt32(CELL_VERDICT_NONE))
        let before = cell_load64(&thread.pointee.run_word)
        let active = (before >> 8 + 1) << 8 | UInt64(CELL_RUN_ACTIVE)
        // A side thread may have crashed in between: then this worker is at its end.
        if before & 0xff != UInt64(CELL_RUN_NONE)
            || cell_swap64(&thread.pointee.run_word, before, active) == 0
        {
            cell_thread_leave()
        }
        cell_supervisor_note(cpuLimit == .max ? deadline : min(deadline, now &+ cpuLimit))
    }

    /// Ends the watch; does not return when the supervisor was faster.
    func endWatch() {
        let word = cell_load64(&thread.pointee.run_word)
        let none = word & ~0xff | UInt64(CELL_RUN_NONE)
        if word & 0xff != UInt64(CELL_RUN_ACTIVE)
            || cell_swap64(&thread.pointee.run_word, word, none) == 0
        {
            cell_thread_leave()
        }
        thread.pointee.cancel_word = nil
    }
}
