internal import FunctionModel
internal import NIOCore

/// From a request's head to the invocation.
extension Connection {
    /// Begins to answer a request.
    func begin(_ head: RequestHead) {
        headHasBegun = false
        if asksForInvocation(head) {
            open(head)
            return lookUp(head)
        }
        switch route(head) {
        case .function(let function):
            open(head, function: function)
            take(head)
        case .wrongMethod(let allowed):
            open(head)
            let allowed = Self.completed(allowed)
            guard head.method == "OPTIONS" else {
                reply(with: .wrongMethod(head.method, head.path, allowed: allowed))
                return
            }
            replyToOptions(allowed)
        case .notFound where takesBatch(head):
            open(head, isBatch: true)
            take(head)
        case .notFound where isBatchPlace(head):
            open(head)
            refuseBatch(head)
        case .notFound:
            open(head)
            guard head.path == "*" else {
                reply(with: .notFound(head.path))
                return
            }
            replyToOptions(Self.everyMethod)
        }
    }

    /// Takes a piece of the request's body.
    func add(_ piece: ByteBuffer) {
        guard let state = current?.state else { return }
        current?.state.received(piece.readableBytes)
        switch state.input {
        case .collecting:
            collect(piece)
        case .streaming:
            current?.window.add(piece)
            handOn()
        case .skipping, .complete:
            break
        }
        awaitBody(after: piece.readableBytes)
    }

    /// Takes the end of the request.
    func endInput() {
        guard let input = current?.state.input else { return }
        setDeadline(.distantFuture)
        let step = current?.state.inputEnds() ?? .wait
        switch input {
        case .collecting:
            guard current?.control == nil, current?.state.output == .waiting else { break }
            switch current {
            case let now? where now.isBatch: enqueueBatch()
            case let now? where now.isAsync: enqueue()
            default: invoke()
            }
        case .streaming:
            current?.window.end()
            handOn()
        case .skipping, .complete:
            break
        }
        go(step)
    }

    /// Hands on as much of a streamed body as the function is ready for.
    func handOn() {
        guard let control = current?.control else { return }
        while let (piece, end) = current?.window.next() { control.sendBody(piece, end: end) }
    }

    /// Answers a request that can't be understood, and closes.
    func refuse(_ problem: Problem) {
        if current == nil {
            open(RequestHead(method: "GET", path: "", keepsAlive: false, framing: .chunked))
        }
        guard current?.state.output == .waiting else {
            abort()
            return
        }
        current?.control?.cancel(.caller)
        reply(with: problem, closes: true)
    }

    private func route(_ head: RequestHead) -> RouteMatch {
        let match = invoker.route(method: head.method, path: head.path)
        if case .wrongMethod(let allowed) = match, head.isHead, allowed.contains("GET") {
            return invoker.route(method: "GET", path: head.path)
        }
        // A function that takes any method doesn't expect to run for a mere question.
        if case .function(let function) = match, head.method == "OPTIONS",
            !function.allowed.contains("OPTIONS")
                || Self.everyMethod.allSatisfy(function.allowed.contains)
        {
            return .wrongMethod(allowed: function.allowed)
        }
        return match
    }

    private func open(
        _ head: RequestHead,
        function: RoutedFunction? = nil,
        isBatch: Bool = false
    ) {
        let exchange = Exchange(id: InvocationID(), loop: context.eventLoop, connection: bound)
        current = Current(
            exchange: exchange,
            head: head,
            function: function,
            limits: limits,
            isAsync: desk != nil && function != nil && head.preferences.respondsAsync,
            isBatch: isBatch
        )
    }

    private func take(_ head: RequestHead) {
        guard let now = current else { return }
        if !now.streams, head.framing.announced > now.largestBody.bytes {
            reply(with: now.tooLarge, closes: true)
            return
        }
        guard head.framing != .none else { return }
        if head.expectsContinue { writeContinue() }
        current?.clock.restart(now: .now())
        if now.streams { invoke() }
        awaitBody(after: 0)
    }

    private func collect(_ piece: ByteBuffer) {
        guard let now = current, now.wantsBody, now.state.output == .waiting else { return }
        let have = now.collected.readableBytes
        guard have + piece.readableBytes <= now.largestBody.bytes else {
            reply(with: now.tooLarge, closes: true)
            return
        }
        guard budget.take(piece.readableBytes) else {
            reply(with: .noRoomForBody, closes: true)
            return
        }
        current?.budgeted += piece.readableBytes
        if have == 0 {
            current?.collected = piece
        } else {
            current?.collected.writeImmutableBuffer(piece)
        }
    }

    private func invoke() {
        guard let now = current, let function = now.function else { return }
        if let keys, let key = now.head.key {
            if !now.streams { return invoke(under: key, keys) }
            if !now.head.idempotencyKey.isEmpty {
                return reply(with: .keyOfStream, closes: now.state.inputIsOpen)
            }
        }
        let request = request(now, function)
        current?.collected = ByteBuffer()
        let control = invoker.invoke(request, observer: now.exchange)
        current?.control = control
    }

    /// The request as the dispatcher takes it.
    func request(_ now: Current, _ function: RoutedFunction) -> InvocationRequest {
        var request = InvocationRequest(
            id: now.exchange.id,
            function: function.name,
            trigger: .http,
            body: now.collected
        )
        request.http = HTTPRequestHead(
            method: now.head.method,
            path: now.head.path,
            query: now.head.query,
            headers: now.head.fields,
            parameters: function.parameters
        )
        request.contentType = now.head.contentType
        if let trace = now.head.trace { request.continues(trace) }
        request.bodyComplete = !now.state.inputIsOpen
        request.repeatable = function.idempotent || now.head.isRepeatable
        return request
    }

    private static let everyMethod = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
    ]

    private static func completed(_ allowed: [String]) -> [String] {
        var allowed = allowed
        if allowed.contains("GET"), !allowed.contains("HEAD") { allowed.append("HEAD") }
        if !allowed.contains("OPTIONS") { allowed.append("OPTIONS") }
        return allowed
    }
}

extension InvocationRequest {
    /// Makes the invocation the next hop of its caller's trace.
    ///
    /// A function whose tracing library reads headers finds there what it finds in its context.
    fileprivate mutating func continues(_ caller: TraceContext) {
        trace = caller.next()
        http?.headers.append(Field("traceparent", trace.traceparent))
        if !trace.state.isEmpty { http?.headers.append(Field("tracestate", trace.state)) }
    }
}
