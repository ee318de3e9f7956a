internal import CCell
internal import CFunctionABI
internal import CPlatform
internal import CellProtocol

extension Worker {
    /// Does what is there to do, or waits until there is something.
    func turn() {
        let loop = needLoop()
        do {
            var done = try deliverArrived()
            takeFiles()
            callWaiters()
            while done < Self.batch, run.reply == nil || !run.unsent.isEmpty, let item = loop.next()
            {
                perform(item)
                done += 1
            }
            if done == 0 || done == Self.batch {
                try waitForChannel(loop, patience: done == 0 ? loop.patience : 0)
                _ = try deliverArrived()
                takeFiles()
            }
        } catch {
            log(level: 4, text: "The worker ends: the host sent a \(error)")
            channelIsGone = true
        }
        callWaiters()
    }

    /// How much is done before the channel is looked at again.
    private static let batch = 64

    /// Hands arrived frames to the running invocation and keeps those of others for later; returns
    /// how many were handed over.
    private func deliverArrived() throws(ProtocolViolation) -> Int {
        var count = 0
        while let index = deferred.firstIndex(where: isForThisRun) {
            let frame = deferred.remove(at: index)
            try deliverCopy(frame.header, of: frame.payload)
            count += 1
        }
        while let frame = try receiver.next() {
            let copy = DeferredFrame(header: frame.header, payload: [])
            if isForThisRun(copy) {
                // The plugin is lent what an answer says, and may pump before it gives it back: then
                // more arrives where the frame lies.
                if frame.header.kind == .answer {
                    try deliverCopy(frame.header, of: frame.payload)
                } else {
                    try deliver(frame.header, frame.payload)
                }
                count += 1
            } else {
                deferred.append(
                    DeferredFrame(header: frame.header, payload: [UInt8](frame.payload))
                )
            }
        }
        return count
    }

    private func deliverCopy(
        _ header: FrameHeader,
        of payload: some Collection<UInt8>
    ) throws(ProtocolViolation) {
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: payload.count,
            alignment: 16
        )
        copy.copyBytes(from: payload)
        defer { copy.deallocate() }
        try deliver(header, UnsafeRawBufferPointer(copy))
    }

    private func isForThisRun(_ frame: DeferredFrame) -> Bool {
        run.sequence != 0 && frame.header.sequence == run.sequence && frame.header.kind != .invoke
    }

    private func deliver(
        _ header: FrameHeader,
        _ payload: UnsafeRawBufferPointer
    ) throws(ProtocolViolation) {
        switch header.kind {
        case .body:
            run.body.append(payload, ends: header.flags & BodyFrame.ends != 0)
        case .credit:
            run.credit += Int(try FlowFrame(payload.bytes).bytes)
            sendUnsent()
        case .cancel: _ = try CancelFrame(payload.bytes)
        case .answer: answer(try AnswerFrame(payload.bytes), payload)
        default: throw .unexpected("\(header.kind) frame of the running invocation")
        }
    }

    /// Why the invocation is to stop; 0 while it isn't.
    var cancelReason: UInt32 {
        if channelIsGone { return UInt32(ROOST_CANCELLED_BY_CALLER) }
        guard let word = thread.pointee.cancel_word else { return 0 }
        return roost_atomic_load32(word)
    }

    /// Calls back once, when one of the events holds.
    func when(_ events: UInt32, _ callback: PluginCallback) {
        _ = needLoop()
        run.waiters.append(Run.Waiter(events: events, callback: callback))
    }

    /// Calls those whose event holds; from the loop only, never inside of `when`.
    private func callWaiters() {
        guard !run.waiters.isEmpty, let loop else { return }
        let now = occurred
        let context = thread.pointee.context_number
        let called = run.waiters.filter { $0.events & now != 0 }
        guard !called.isEmpty else { return }
        run.waiters.removeAll { $0.events & now != 0 }
        for waiter in called { loop.post(.callback(context: context, waiter.callback)) }
    }

    private var occurred: UInt32 {
        var events: UInt32 = 0
        if run.body.isReadable || channelIsGone { events |= UInt32(ROOST_WHEN_READABLE) }
        if canWrite || channelIsGone { events |= UInt32(ROOST_WHEN_WRITABLE) }
        if cancelReason != 0 { events |= UInt32(ROOST_WHEN_CANCELLED) }
        return events
    }
}
