internal import FunctionModel
internal import NIOCore

/// Deadlines, drain, and the ways a connection ends.
extension Connection {
    /// Does what the exchange has decided.
    func go(_ step: ExchangeState.Step) {
        switch step {
        case .wait:
            break
        case .next:
            forget()
            setDeadline(.now() + limits.idleTime)
            if isDraining, backlog.isEmpty { return closeAfterWrites() }
            if !backlog.isEmpty || inputIsClosed || readIsHeld { workOff() }
        case .close:
            closeAfterWrites()
        case .linger:
            linger()
        }
    }

    /// The host wants to stop: an idle connection closes, a busy one after its reply.
    func drain() {
        isDraining = true
        guard case .open = mode, current == nil, backlog.isEmpty else { return }
        closeAfterWrites()
    }

    /// The client sends no more.
    ///
    /// It may have gone, or wait for its reply; an interim reply finds out: the system of a client
    /// that has gone answers it with a reset.
    func clientClosedInput() {
        inputIsClosed = true
        switch mode {
        case .closed, .closing: break
        case .lingering: context.close(promise: nil)
        case .open:
            guard let now = current else { return workOff() }
            if now.head.isHTTP11, now.state.output == .waiting { writeContinue() }
        }
    }

    /// The channel is gone, and with it whoever waited for the reply.
    func channelClosed() {
        mode = .closed
        timer.cancel()
        backlog.removeAll()
        if let now = current, now.state.output != .done { now.control?.cancel(.caller) }
        forget()
    }

    /// Lets go of the request.
    private func forget() {
        if let budgeted = current?.budgeted, budgeted > 0 { budget.give(budgeted) }
        current?.errand?.cancel()
        current = nil
    }

    /// Ends a reply that can't be completed: the client sees that it is cut off.
    func abort() {
        mode = .closing
        context.close(promise: nil)
    }

    /// Closes when everything that has been written is out.
    func closeAfterWrites() {
        mode = .closing
        backlog.removeAll()
        setDeadline(.now() + limits.idleTime)
        afterWrites { connection in connection.context.close(promise: nil) }
    }

    /// Moves the deadline.
    func setDeadline(_ deadline: NIODeadline) {
        guard timer.move(to: deadline) else { return }
        let bound = bound
        timer.keep(
            context.eventLoop.scheduleTask(deadline: deadline) { bound.value.timerFired() }
        )
    }

    /// Moves the deadline to when the next piece of the body must be there.
    func awaitBody(after bytes: Int) {
        guard current?.state.inputIsOpen == true else { return }
        guard wantsRead else { return setDeadline(.distantFuture) }
        if let deadline = current?.clock.deadline(after: bytes, now: .now()) {
            setDeadline(deadline)
        }
    }

    private func timerFired() {
        if timer.fired(now: .now()) { return timedOut() }
        if timer.deadline != .distantFuture { setDeadline(timer.deadline) }
    }

    private func timedOut() {
        switch mode {
        case .closed: break
        case .lingering: context.close(promise: nil)
        case .closing: closeUnlessProgress()
        case .open:
            if let now = current {
                guard now.state.inputIsOpen else { return }
                guard now.state.output == .waiting else { return abort() }
                refuse(.tooSlow("the request body"))
            } else if headHasBegun {
                refuse(.tooSlow("the request's header"))
            } else {
                closeUnlessProgress()
            }
        }
    }

    /// A client that reads slowly keeps its connection; one that doesn't read at all loses it.
    private func closeUnlessProgress() {
        let pending = pendingBytes
        guard pending > 0, pendingAtLastCheck == 0 || pending < pendingAtLastCheck else {
            context.close(promise: nil)
            return
        }
        pendingAtLastCheck = pending
        setDeadline(.now() + limits.idleTime)
    }

    private var pendingBytes: Int {
        do {
            return try context.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        } catch {
            return 0
        }
    }

    private func linger() {
        mode = .lingering
        backlog.removeAll()
        setDeadline(.now() + limits.lingerTime)
        afterWrites { connection in
            connection.context.close(mode: .output, promise: nil)
            if connection.inputIsClosed { connection.context.close(promise: nil) }
        }
        resumeReading()
    }

    private func afterWrites(_ body: @escaping @Sendable (Connection) -> Void) {
        let bound = bound
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in body(bound.value) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: promise)
    }
}
