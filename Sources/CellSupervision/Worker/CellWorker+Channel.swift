internal import CellProtocol
internal import FunctionModel
internal import Logging
internal import NIOCore

/// What comes in from the cell.
extension CellWorker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        assignment.configureFrame.write(to: &writer)
        send()
        context.fireChannelActive()
    }

    /// Starts to wait for `ready`; called once, before the channel is connected.
    func expectStart() {
        let allowance = TimeAmount.nanoseconds(assignment.startBackstop.wholeNanoseconds)
        startBackstop = eventLoop.scheduleTask(in: allowance) { self.startIsOverdue() }
    }

    /// Starts to wait for the end of a worker that was asked to retire.
    func expectEnd() {
        let allowance = TimeAmount.nanoseconds(assignment.retireBackstop.wholeNanoseconds)
        endBackstop = eventLoop.scheduleTask(in: allowance) {
            guard !self.isFinished else { return }
            // What it was given has limits of its own.
            guard self.state.isIdle else { return self.expectEnd() }
            self.notify(.overdue("\(self.assignment.plugin) did not end when it was retired"))
            self.finish(.retired)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        let wasAsked = state.phase == .retiring && state.isIdle
        if wasAsked {
            finishAsAsked()
        } else {
            if !isFinished { notify(.vanished) }
            finish(.cellLost, jobResult: isFinished ? .lost : lossOfCell())
        }
        context.fireChannelInactive()
    }

    private func finishAsAsked() { finish(isMoving ? .cellRenewed : .retired) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The channel closes after any error of its socket; `channelInactive` settles the jobs.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var earlier = pending {
            pending = nil
            earlier.writeBuffer(&buffer)
            buffer = earlier
        }
        do throws(ProtocolViolation) {
            while !isFinished, let (header, payload) = try nextFrame(in: &buffer) {
                handle(try state.receive(header, payload.readableBytesSpan), payload)
            }
        } catch {
            return violate(error.description)
        }
        guard buffer.readableBytes > 0, !isFinished else { return }
        pending = buffer
    }

    private func nextFrame(
        in buffer: inout ByteBuffer
    ) throws(ProtocolViolation) -> (FrameHeader, ByteBuffer)? {
        guard
            let header = try FrameHeader(
                buffer.readableBytesSpan,
                maximum: assignment.maximumFrame
            )
        else { return nil }
        let missing = FrameHeader.size + header.length - buffer.readableBytes
        guard missing <= 0 else {
            // One growth for the whole frame instead of one for every read.
            buffer.reserveCapacity(minimumWritableBytes: missing)
            return nil
        }
        buffer.moveReaderIndex(forwardBy: FrameHeader.size)
        guard let payload = buffer.readSlice(length: header.length) else { return nil }
        return (header, payload)
    }

    private func handle(_ event: WorkerChannelState<WorkerJob>.Event, _ payload: ByteBuffer) {
        let results = WorkerResults(payload: payload)
        switch event {
        case .started(let frame): didStart(frame, payload)
        case .refused(let frame): refuse(frame)
        case .responded(let job, let frame): job.observer.jobDidRespond(job, results.head(frame))
        case .wrote(let job): job.observer.jobDidWrite(job, payload)
        case .consumed(let job, let bytes): job.observer.jobDidConsume(job, bytes: bytes)
        case .logged(let job?, let frame): job.observer.jobDidLog(job, results.line(frame))
        case .logged(nil, let frame): log(results.line(frame))
        case .called(let job, let frame, let operation):
            job.observer.jobDidCall(job, results.call(frame, operation))
        case .ended(let job, let frame, let responded, let mayBeAnothers):
            var result = results.result(
                frame,
                responded: responded,
                elapsed: .now() - job.assigned
            )
            result.mayBeAnothers = mayBeAnothers && result.outcome == .crashed
            end(job, result)
        case .left(let frame, let wasAsked):
            // What it was given and had not begun goes back.
            if wasAsked { finishAsAsked() } else { finish(.ended(Outcome(frame.code))) }
        case .dropped: break
        }
    }

    private func end(_ job: WorkerJob, _ result: InvocationResult) {
        let workerEnds = state.phase == .ended
        job.observer.jobDidEnd(job, result)
        if workerEnds { finish(.ended(result.outcome)) }
    }

    private func refuse(_ frame: RefusedFrame) {
        let message = String(frame.message.prefix(4_096))
        let kind = String(frame.kind.prefix(64))
        finish(.failedToStart(PluginRefusal(kind: kind, message: message)))
    }

    /// A line from the plugin's start-up or end, outside of any invocation.
    private func log(_ line: LogLine) {
        let level: Logger.Level =
            switch line.level {
            case "trace": .trace
            case "debug": .debug
            case "warning": .warning
            case "error": .error
            default: .info
            }
        logger.log(
            level: level,
            "\(line.message)",
            metadata: ["plugin": "\(assignment.plugin)", "cell": "\(cellID)"]
        )
    }

    private func startIsOverdue() {
        guard !isFinished, state.phase == .starting else { return }
        // A probe's cell is ended with its answer; ended before, it would seem to have crashed.
        if assignment.functionCount != nil {
            notify(.overdue("\(assignment.plugin) neither started nor was given up in time"))
        }
        let refusal = PluginRefusal(
            kind: "startTimedOut",
            message: "the plugin did not start within \(assignment.startTimeout)"
        )
        finish(.failedToStart(refusal))
    }
}
