internal import FunctionModel
internal import NIOCore

/// From the end of an invocation, or a problem, to bytes.
extension Connection {
    /// The function streams its response, and this is its head.
    func didRespond(_ exchange: Exchange, _ response: ResponseHead) {
        guard let now = current, now.exchange === exchange, now.state.output == .waiting else {
            return
        }
        let status = Self.status(response.status, hasBody: true)
        let ending: ReplyEnding =
            Self.isBodiless(status) ? .bodiless : now.head.isHTTP11 ? .chunked : .close
        current?.ending = ending
        send(
            status: status,
            contentType: response.contentType,
            fields: ResponseFields.checked(response),
            ending: ending
        )
        guard now.head.isHead || ending == .bodiless else { return }
        now.control?.cancel(.answered)
        go(current?.state.replyEnds() ?? .wait)
    }

    /// The function has written a piece of its response.
    func didWrite(_ exchange: Exchange, _ piece: ByteBuffer) {
        guard let now = current, now.exchange === exchange, now.state.output == .streaming,
            let control = now.control, piece.readableBytes > 0
        else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bytes = piece.readableBytes
        promise.futureResult.whenSuccess { control.grantCredit(bytes: bytes) }
        guard now.ending == .chunked else {
            context.writeAndFlush(NIOAny(piece), promise: promise)
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: bytes <= 8_192 ? bytes + 16 : 16)
        ResponseEncoder.writeChunkSize(bytes, into: &buffer)
        if bytes <= 8_192 {
            buffer.writeImmutableBuffer(piece)
            buffer.writeStaticString("\r\n")
            context.writeAndFlush(NIOAny(buffer), promise: promise)
        } else {
            context.write(NIOAny(buffer), promise: nil)
            context.write(NIOAny(piece), promise: nil)
            context.writeAndFlush(NIOAny(ByteBuffer(staticString: "\r\n")), promise: promise)
        }
    }

    /// The function has taken a part of the request's body.
    func didConsume(_ exchange: Exchange, _ bytes: Int) {
        guard let now = current, now.exchange === exchange else { return }
        current?.window.consumed(bytes)
        handOn()
        resumeReading()
    }

    /// The invocation is over.
    func didEnd(_ exchange: Exchange, _ result: InvocationResult) {
        guard let now = current, now.exchange === exchange else { return }
        switch now.state.output {
        case .done:
            break
        case .waiting:
            reply(with: result)
        case .streaming:
            guard result.outcome == .succeeded else {
                abort()
                return
            }
            if now.ending == .chunked {
                write(ByteBuffer(staticString: ResponseEncoder.lastChunk))
            }
            go(current?.state.replyEnds() ?? .wait)
        }
    }

    /// Answers with a problem document.
    func reply(with problem: Problem, closes: Bool = false, usage: Usage = Usage()) {
        guard let now = current else { return }
        let body = problem.document(invocation: now.exchange.id, function: now.function?.name)
        sendWhole(
            status: problem.status,
            contentType: "application/problem+json",
            body: body,
            outcome: problem.outcome,
            usage: usage,
            closes: closes,
            allowed: problem.allowed,
            retryAfter: problem.retryAfter
        )
    }

    /// Answers what a path takes.
    func replyToOptions(_ allowed: [String]) {
        sendWhole(
            status: 204,
            contentType: "",
            body: ByteBuffer(),
            outcome: .succeeded,
            allowed: allowed
        )
    }

    /// Answers with the end of an invocation.
    func reply(with result: InvocationResult) {
        let failedOrderly = result.outcome == .failed && result.body.readableBytes > 0
        guard result.outcome == .succeeded || failedOrderly && result.head != nil else {
            let problem = Problem(
                outcome: result.outcome,
                error: result.error,
                status: result.head?.status
            )
            reply(with: problem, usage: result.usage)
            return
        }
        let given = result.head?.status ?? 0
        let status =
            failedOrderly && given == 0
            ? 500 : Self.status(given, hasBody: result.body.readableBytes > 0)
        sendWhole(
            status: status,
            contentType: result.head?.contentType ?? "",
            fields: result.head.map(ResponseFields.checked) ?? [],
            body: result.body,
            outcome: result.outcome,
            usage: result.usage
        )
    }

    /// The status to send for the one that a function gave; 0 leaves the choice to the host.
    private static func status(_ given: Int, hasBody: Bool) -> Int {
        if given == 0 { return hasBody ? 200 : 204 }
        return (200...599).contains(given) ? given : 500
    }

    private static func isBodiless(_ status: Int) -> Bool { status == 204 || status == 304 }

    /// Answers with a whole body.
    func sendWhole(
        status: Int,
        contentType: String,
        fields: [Field] = [],
        body: ByteBuffer,
        outcome: Outcome?,
        usage: Usage = Usage(),
        closes: Bool = false,
        allowed: [String] = [],
        retryAfter: Duration? = nil
    ) {
        let ending: ReplyEnding =
            Self.isBodiless(status) ? .bodiless : .length(body.readableBytes)
        send(
            status: status,
            contentType: contentType,
            fields: fields,
            ending: ending,
            body: body,
            outcome: outcome,
            usage: usage,
            closes: closes,
            allowed: allowed,
            retryAfter: retryAfter
        )
        go(current?.state.replyEnds() ?? .wait)
    }

    private func send(
        status: Int,
        contentType: String,
        fields: [Field],
        ending: ReplyEnding,
        body: ByteBuffer = ByteBuffer(),
        outcome: Outcome? = nil,
        usage: Usage = Usage(),
        closes: Bool = false,
        allowed: [String] = [],
        retryAfter: Duration? = nil
    ) {
        guard let now = current else { return }
        let goesOn =
            current?.state.replyBegins(
                draining: isDraining || closes,
                skippable: limits.skippedBody.bytes,
                endsWithClose: ending == .close
            ) ?? false
        let head = ReplyHead(
            status: status,
            contentType: contentType,
            fields: now.isReplayed ? fields + [Field("idempotency-replayed", "true")] : fields,
            invocation: now.answersFor ?? now.exchange.id,
            outcome: outcome,
            usage: usage,
            ending: ending,
            allowed: allowed,
            retryAfter: retryAfter,
            persistence: !goesOn ? .close : now.head.isHTTP11 ? .implied : .keepAlive
        )
        let sendsBody = body.readableBytes > 0 && ending != .bodiless && !now.head.isHead
        let joins = body.readableBytes <= 16 << 10
        var buffer = context.channel.allocator.buffer(
            capacity: 384 + (sendsBody && joins ? body.readableBytes : 0)
        )
        ResponseEncoder.write(head, date: resources.dateField(at: .now()), into: &buffer)
        if sendsBody, joins { buffer.writeImmutableBuffer(body) }
        if sendsBody, !joins {
            context.write(NIOAny(buffer), promise: nil)
            write(body)
        } else {
            write(buffer)
        }
    }

    private func write(_ buffer: ByteBuffer) {
        context.writeAndFlush(NIOAny(buffer), promise: nil)
    }

    /// Asks for the body, or finds out whether anybody is there to read.
    func writeContinue() { write(ByteBuffer(staticString: ResponseEncoder.continueLine)) }
}
