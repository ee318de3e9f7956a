internal import CellProtocol
internal import FunctionModel
internal import NIOCore
internal import Platform

/// What the dispatcher asks of a worker.
extension CellWorker {
    /// Bodies up to this size are copied behind their frame; longer ones are sent as they are.
    private static let copiedBody = 8 << 10
    /// How long after deadline and grace the cell may take to end an invocation.
    private static let endAllowance = Duration.seconds(2)

    func submit(_ job: WorkerJob) {
        eventLoop.preconditionInEventLoop()
        // Asked to end on behalf of its cell, or just telling its jobs of its own end, and the
        // dispatcher doesn't know yet: `finish` hands it back.
        guard state.phase == .running else {
            // Without an observer everything has been told already; only a bug comes here.
            guard observer == nil else { return held.append(job) }
            return eventLoop.execute { job.observer.jobDidEnd(job, .lost) }
        }
        let body = job.request.body
        let (slot, sequence) = state.submit(
            job,
            bodyBytes: body.readableBytes,
            logLimit: job.quota.logSize.bytes
        )
        page.announce(slot: slot, sequence: sequence)
        InvokeHead(job).write(
            to: &writer,
            slot: UInt16(slot),
            sequence: sequence,
            bodyCount: body.readableBytes,
            bodyContinues: !job.request.bodyComplete
        )
        send(body)
        watch(job)
    }

    func recall(_ job: WorkerJob) -> Bool {
        if let index = held.firstIndex(where: { $0 === job }) {
            held.remove(at: index)
            return true
        }
        guard let index = index(of: job) else { return false }
        let entry = state.entries[index]
        guard page.recall(slot: entry.slot, sequence: entry.sequence) else { return false }
        state.forget(at: index)
        return true
    }

    func sendBody(_ job: WorkerJob, _ piece: ByteBuffer, end: Bool) {
        guard let index = index(of: job) else { return }
        let entry = state.entries[index]
        BodyFrame.write(
            to: &writer,
            slot: UInt16(entry.slot),
            sequence: entry.sequence,
            bodyCount: piece.readableBytes,
            ends: end
        )
        let (sequence, bytes) = (entry.sequence, piece.readableBytes)
        send(piece) { self.state.bodyWritten(sequence, bytes: bytes) }
    }

    func grantCredit(_ job: WorkerJob, bytes: Int) {
        guard bytes > 0, let index = index(of: job) else { return }
        let entry = state.entries[index]
        let portion = state.grantCredit(at: index, bytes: bytes)
        guard portion > 0 else { return }
        FlowFrame.write(
            .credit,
            to: &writer,
            slot: UInt16(entry.slot),
            sequence: entry.sequence,
            bytes: UInt32(clamping: portion)
        )
        send()
    }

    func cancel(_ job: WorkerJob, _ reason: CancelReason) {
        guard let index = index(of: job) else { return }
        let entry = state.entries[index]
        page.cancel(slot: entry.slot, reason: reason.rawValue)
        CancelFrame.write(
            to: &writer,
            slot: UInt16(entry.slot),
            sequence: entry.sequence,
            reason: reason.rawValue
        )
        send()
    }

    func answer(_ job: WorkerJob, call: UInt32, _ answer: HostAnswer) {
        guard let index = index(of: job), state.answer(at: index, call: call) else { return }
        let entry = state.entries[index]
        if let file = answer.attachment as? Descriptor {
            // By another way, so it may come before the answer or behind it.
            notify(.handOver(file, sequence: entry.sequence, call: call))
        }
        AnswerFrame.write(
            to: &writer,
            slot: UInt16(entry.slot),
            sequence: entry.sequence,
            call: call,
            status: UInt16(clamping: answer.status),
            number: answer.number,
            expires: answer.expires?.nanoseconds ?? 0,
            contentType: answer.contentType,
            bodyCount: answer.payload.readableBytes
        )
        send(answer.payload) { self.state.answerWritten() }
    }

    /// Sends a frame without a payload.
    func send(_ header: FrameHeader) {
        writer.frame(header)
        send()
    }

    /// Sends what has been put together, with `trailing` bytes behind; flushed once per turn of
    /// the loop.
    ///
    /// - Parameters:
    ///   - trailing: A body.
    ///   - whenWritten: Called on the loop once the socket has taken all of it.
    func send(
        _ trailing: ByteBuffer = ByteBuffer(),
        whenWritten: (@Sendable () -> Void)? = nil
    ) {
        defer { writer.removeAll() }
        guard let context, !isFinished else { return }
        let inline = trailing.readableBytes <= Self.copiedBody
        let capacity = writer.bytes.count + (inline ? trailing.readableBytes : 0)
        var buffer = context.channel.allocator.buffer(capacity: capacity)
        buffer.writeBytes(writer.bytes)
        if inline { buffer.writeImmutableBuffer(trailing) }
        let promise = whenWritten.map { whenWritten in
            let promise = eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenSuccess(whenWritten)
            return promise
        }
        context.write(NIOAny(buffer), promise: inline ? promise : nil)
        if !inline { context.write(NIOAny(trailing), promise: promise) }
        scheduleFlush()
    }

    private func scheduleFlush() {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        eventLoop.execute {
            self.flushIsScheduled = false
            self.context?.flush()
        }
    }

    private func index(of job: WorkerJob) -> Int? {
        eventLoop.preconditionInEventLoop()
        return state.entries.firstIndex { $0.job === job }
    }

    /// Makes sure that someone looks when a job is not ended in time.
    private func watch(_ job: WorkerJob) {
        let limit = Self.limit(of: job)
        if let jobBackstop, jobBackstop.deadline <= limit { return }
        jobBackstop?.task.cancel()
        jobBackstop = (limit, eventLoop.scheduleTask(deadline: limit) { self.lookForOverdueJob() })
    }

    private func lookForOverdueJob() {
        jobBackstop = nil
        // Only the oldest can be running; what waits behind it is the dispatcher's to take back.
        guard !isFinished, let job = state.entries.first?.job else { return }
        guard Self.limit(of: job) <= .now() else { return watch(job) }
        let name = job.request.function
        notify(.overdue("\(name) could not be ended \(Self.endAllowance) after its deadline"))
        finish(.cellLost, jobResult: .overdue)
    }

    private static func limit(of job: WorkerJob) -> NIODeadline {
        let grace = job.quota.cancellationGrace + endAllowance
        return job.deadline + .nanoseconds(grace.wholeNanoseconds)
    }
}
