internal import CFunctionABI
internal import FunctionSDK
internal import Synchronization

// What the slots of the host's table do, in Swift's terms.
extension TestCall {
    func reply(_ reply: roost_reply) {
        let pieces = state.withLock { $0.streamed ? $0.reply.pieces : nil }
        let head = Head(reply)
        let body = pieces.map { $0.flatMap(\.self) } ?? [UInt8](reply.body.span)
        let (kind, message) = (reply.error_type.text, reply.error_message.text)
        end { result in
            if pieces == nil { head.write(into: &result) }
            result.body = body
            result.failed = reply.failed != 0
            result.retryable = reply.retryable != 0
            result.errorType = kind
            result.errorMessage = message
            if result.status == 0 {
                result.status = result.failed ? 500 : body.isEmpty && pieces == nil ? 204 : 200
            }
        }
    }

    func read(into target: UnsafeMutablePointer<UInt8>?, capacity: Int) -> Int64 {
        state.withLock { state in
            if state.ended || state.cancelled != nil { return Int64(ROOST_GONE) }
            if state.arrived.isEmpty {
                state.wantsBody = !state.arriving.isEmpty
                return state.arriving.isEmpty ? 0 : Int64(ROOST_WOULD_BLOCK)
            }
            let count = min(capacity, state.arrived.count)
            for index in 0..<count { target?[index] = state.arrived[index] }
            state.arrived.removeFirst(count)
            return Int64(count)
        }
    }

    func start(_ reply: roost_reply) -> Int32 {
        let head = Head(reply)
        let first = [UInt8](reply.body.span)
        return state.withLock { state in
            if state.ended || state.cancelled != nil { return Int32(ROOST_GONE) }
            if state.streamed { return Int32(ROOST_INVALID) }
            state.streamed = true
            head.write(into: &state.reply)
            if state.reply.status == 0 { state.reply.status = 200 }
            if !first.isEmpty { state.reply.pieces.append(first) }
            return 0
        }
    }

    func write(_ piece: [UInt8]) -> Int32 {
        let leaves: Bool
        let code: Int32
        (code, leaves) = state.withLock { state in
            if state.ended || state.cancelled != nil { return (Int32(ROOST_GONE), false) }
            guard state.streamed else { return (Int32(ROOST_INVALID), false) }
            if state.outstanding > 0, state.outstanding + piece.count > world.window {
                state.wantsRoom = true
                state.reply.blockedWrites += 1
                return (Int32(ROOST_WOULD_BLOCK), false)
            }
            state.outstanding += piece.count
            state.reply.pieces.append(piece)
            return (0, state.reply.pieces.count == leavingAfter)
        }
        if leaves { cancel(.caller) }
        return code
    }

    func when(_ events: UInt32, _ body: @escaping @Sendable () -> Void) {
        let holds = state.withLock { state in
            var holding: UInt32 = 0
            if state.cancelled != nil { holding |= UInt32(ROOST_WHEN_CANCELLED) }
            if !state.arrived.isEmpty || state.arriving.isEmpty {
                holding |= UInt32(ROOST_WHEN_READABLE)
            }
            if !state.wantsRoom { holding |= UInt32(ROOST_WHEN_WRITABLE) }
            if holding & events == 0 { state.waiting.append(Waiter(events: events, wake: body)) }
            return holding & events != 0
        }
        if holds { loop.post(body) }
    }

    /// Answers a call of another function from the fakes, later.
    func invoke(
        _ name: String,
        _ payload: [UInt8],
        _ done: @escaping @Sendable (Response, String) -> Void
    ) {
        let fake = world.functions[name]
        let loop = loop
        Task {
            var response = Response(status: 404)
            var problem = fake == nil ? "no function '\(name)'" : ""
            do {
                if let fake { response = try await fake(payload) }
            } catch let error as FunctionError {
                (response, problem) = (Response(status: error.status), error.message)
            } catch {
                (response, problem) = (Response(status: 500), String(describing: error))
            }
            loop.post { [response, problem] in done(response, problem) }
        }
    }

    /// Takes, renews or releases a lock; one that another has is tried again each 10 ms of the fake
    /// clock.
    func lock(_ request: roost_lock_request, _ done: @escaping @Sendable (TestStore.Answer) -> Void)
    {
        let asked = TestLockRequest(
            operation: request.operation,
            name: request.name.text,
            lifetime: request.ttl_ns,
            token: request.token
        )
        tryLock(asked, until: loop.now + .nanoseconds(max(0, request.wait_ns)), done)
    }

    private func tryLock(
        _ request: TestLockRequest,
        until end: Duration,
        _ done: @escaping @Sendable (TestStore.Answer) -> Void
    ) {
        let answer = store.lock(request, of: functionName, at: loop.now)
        guard answer.status == 409, loop.now < end else { return loop.post { done(answer) } }
        loop.schedule(after: .milliseconds(10)) { [weak self] in
            guard let self, !state.withLock({ $0.ended }) else { return }
            tryLock(request, until: end, done)
        }
    }

    func log(_ line: TestLogLine) { state.withLock { $0.reply.log.append(line) } }

    /// Notes a call of a slot on a thread that isn't the worker's.
    func checkThread(_ slot: String) {
        if loop.isCurrent { return }
        state.withLock { $0.reply.violations.append("'\(slot)' called off the worker's thread") }
    }
}

/// Status and headers as the plugin gave them.
private struct Head: Sendable {
    let status: Int
    let contentType: String
    let headers: Headers

    init(_ reply: roost_reply) {
        status = Int(reply.status)
        contentType = reply.content_type.text
        headers = Headers(
            UnsafeBufferPointer(start: reply.headers, count: reply.header_count)
                .map { ($0.name.text, $0.value.text) }
        )
    }

    func write(into reply: inout TestReply) {
        reply.status = status
        reply.contentType = contentType
        reply.headers = headers
    }
}

extension roost_bytes {
    var span: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: count) }
    var text: String { String(decoding: span, as: UTF8.self) }
}
