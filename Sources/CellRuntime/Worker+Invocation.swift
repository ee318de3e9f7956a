internal import CCell
internal import CFunctionABI
internal import CPlatform
internal import CellProtocol

extension Worker {
    /// Runs one invocation from its frame to its end.
    func invoke(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer
    ) throws(ProtocolViolation) {
        let frame = try InvokeFrame(payload.bytes)
        guard header.slot < SlotWord.count else { throw .badValue("the slot \(header.slot)") }
        guard take(header) else { return }
        begin(header, frame)
        defer { thread.pointee.run_sequence = 0 }
        guard let table else { return }
        let context = openContext()
        lend(frame, payload, complete: header.flags & InvokeFrame.bodyContinues == 0)
        cell_memory_set_limit(thread, memory.limit(of: run.function))
        let code = table.pointee.invoke(table.pointee.state, invocation, context)
        awaitReply(code: code)
        cell_memory_set_limit(thread, memory.limit)
        cell_thread_flush_lines(thread)
        closeContext()
        files.endInvocation()
        finish(code)
    }

    /// Marks the slot as started; false when the host has taken the invocation back.
    private func take(_ header: FrameHeader) -> Bool {
        let word = slotWord(header.slot)
        let waiting = SlotWord(sequence: header.sequence, state: .waiting).rawValue
        let started = SlotWord(sequence: header.sequence, state: .started).rawValue
        return roost_atomic_exchange(word, waiting, started) != 0
    }

    private func slotWord(_ slot: UInt16) -> UnsafeMutablePointer<UInt64> {
        (slots + Int(slot) * SlotWord.stride).assumingMemoryBound(to: UInt64.self)
    }

    private func begin(_ header: FrameHeader, _ frame: InvokeFrame) {
        run = Run()
        run.sequence = header.sequence
        run.slot = header.slot
        run.function = Int(frame.function)
        run.deadline = frame.deadline
        run.responseLimit = Int(frame.responseLimit)
        run.logLimit = Int(frame.logLimit)
        if header.flags & InvokeFrame.bodyContinues != 0 { run.body.open() }
        let cancel = slots + Int(header.slot) * SlotWord.stride + SlotWord.cancelOffset
        thread.pointee.cancel_word = cancel.assumingMemoryBound(to: UInt32.self)
        thread.pointee.run_slot = UInt32(header.slot)
        thread.pointee.run_sequence = header.sequence
        thread.pointee.run_streamed = 0
        beginWatch(
            deadline: frame.deadline > 0 ? frame.deadline : .max,
            cpuLimit: frame.cpuLimit > 0 ? frame.cpuLimit : .max,
            grace: frame.grace
        )
    }

    /// Puts the event together from pointers into the frame.
    private func lend(
        _ frame: InvokeFrame,
        _ payload: UnsafeRawBufferPointer,
        complete: Bool
    ) {
        func bytes(_ range: Range<Int>) -> roost_bytes {
            let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return roost_bytes(data: base.map { $0 + range.lowerBound }, count: range.count)
        }
        let all = frame.headers + frame.parameters
        let fields = eventFields.room(for: all.count)
        for (index, field) in all.enumerated() {
            (fields + index).initialize(
                to: roost_field(name: bytes(field.name), value: bytes(field.value))
            )
        }
        invocation.initialize(
            to: roost_invocation(
                struct_size: UInt32(MemoryLayout<roost_invocation>.size),
                function: UInt32(frame.function),
                attempt: frame.attempt,
                trigger: UInt32(frame.trigger),
                id: bytes(frame.id),
                name: bytes(frame.name),
                deadline_ns: frame.deadline,
                received_unix_ns: frame.received,
                content_type: bytes(frame.contentType),
                traceparent: bytes(frame.traceparent),
                method: bytes(frame.method),
                path: bytes(frame.path),
                query: bytes(frame.query),
                headers: fields,
                header_count: frame.headers.count,
                parameters: fields + frame.headers.count,
                parameter_count: frame.parameters.count,
                body: bytes(frame.body),
                body_complete: complete ? 1 : 0,
                tracestate: bytes(frame.tracestate)
            )
        )
    }

    /// Runs the loop until the plugin has replied, where it said that it will.
    func awaitReply(code: Int32) {
        guard code == Int32(ROOST_PENDING) else { return }
        // The host has done with a spent worker, whose goodbye goes on without it.
        while run.reply == nil, !channelIsGone || isSpent { turn() }
    }

    /// Sends the end, in one write.
    private func finish(_ code: Int32) {
        flushStream()
        let cpuNow = cell_sides_cpu_ns(thread)
        let cpu = cpuNow - thread.pointee.run_cpu_started
        cpuAtEnd = cpuNow
        endWatch()
        var end = run.reply ?? Self.silentEnd(code)
        if !run.unsent.isEmpty { end = EndHead(code: .cancelled) }
        apply(verdict: thread.pointee.verdict, to: &end)
        end.run = UInt64(max(0, cell_now() - thread.pointee.run_started))
        end.cpu = UInt64(max(0, cpu))
        end.peakMemory = cell_memory_peak(thread)
        judgeMemory(peak: end.peakMemory)
        if cell_load32(&thread.pointee.worn) != 0 { isSpent = true }
        let flags =
            (run.isStreaming ? EndFrame.streamed : 0) | (isSpent ? EndFrame.workerEnds : 0)
        let (slot, sequence) = (run.slot, run.sequence)
        let body = run.replyBody
        run = Run()
        body.withUnsafeBytes { body in
            send(body: body) { writer in
                end.write(
                    to: &writer,
                    slot: slot,
                    sequence: sequence,
                    flags: flags,
                    bodyCount: body.count
                )
            }
        }
    }

    /// Has the worker replaced when its memory has grown so far that a next invocation could fail.
    private func judgeMemory(peak: UInt64) {
        let live = cell_memory_live(thread)
        let limit = memory.limit(of: run.function)
        let sight = MemoryTrend.Sight(
            before: memory.before,
            peak: peak,
            // The reply goes with the run.
            after: live - min(live, UInt64(run.replyBody.count)),
            pages: cell_memory_was_squeezed(thread) == 0 ? 0 : cell_memory_pages(thread),
            limit: limit
        )
        guard memory.trend.isSpent(after: sight) else { return }
        isSpent = true
        log(
            level: 2,
            text: "The worker is replaced: it holds \(ByteAmount(sight.after)) after an invocation,"
                + " and its limit is \(ByteAmount(limit))"
        )
    }

    private static func silentEnd(_ code: Int32) -> EndHead {
        var end = EndHead(code: .failed)
        end.errorKind = "noReply"
        end.errorMessage = "the handler returned \(code) without a reply"
        return end
    }

    /// What was asked to stop because of a limit has hit the limit, however it answered.
    private func apply(verdict: UInt32, to end: inout EndHead) {
        switch RunWatch.Verdict(rawValue: verdict) {
        case .time:
            end = EndHead(code: .timedOut)
            end.errorKind = "timeout"
            end.errorMessage = "it stopped when its time limit had passed"
        case .cpu:
            end = EndHead(code: .cpuExceeded)
            end.errorKind = "cpuLimit"
            end.errorMessage = "it stopped when its limit of CPU time had passed"
        case .cancelled where end.code == .failed: end.code = .cancelled
        default: return
        }
        if end.code != .cancelled { run.replyBody = [] }
    }
}
