public import struct FoundationEssentials.Date

/// The right to something that only one invocation may have at a time, until an instant.
///
/// It is a lease: free again once it is released or its time is over, and never sooner. An invocation
/// that ends without releasing it, by an error, a crash or the end of its host, leaves it held until
/// then; and one that takes longer than it asked for has lost it without being told. So what the lock
/// protects, where it can, keeps the highest `token` it has seen and refuses lower ones.
public struct FunctionLock: Sendable {
    /// Which lock of the function's.
    public let name: String
    /// Higher than that of every grant before.
    public let token: Int64
    /// Until when it is held, unless it is renewed.
    public let expires: Date

    let call: Call

    /// Holds it for so long from now, and returns it with its new end.
    ///
    /// - Throws: `StateError` with 410 when it is lost.
    @discardableResult
    public func renew(for lifetime: Duration) async throws -> FunctionLock {
        let request = LockRequest.renew(name, token, lifetime)
        return try request.lock(await call.answer { call.send(request, $0) }, call)
    }

    /// Gives it back.
    ///
    /// - Throws: `StateError` with 410 when it was lost before.
    public func release() async throws {
        let request = LockRequest.release(name, token)
        try await call.answer { call.send(request, $0) }.checkState(name)
    }

    /// Holds it for so long from now, and returns it with its new end.
    @available(*, noasync, message: "use 'try await renew'")
    @discardableResult
    public func renew(for lifetime: Duration) throws -> FunctionLock {
        let request = LockRequest.renew(name, token, lifetime)
        return try request.lock(call.answerNow { call.send(request, $0) }, call)
    }

    /// Gives it back.
    @available(*, noasync, message: "use 'try await release'")
    public func release() throws {
        let request = LockRequest.release(name, token)
        try call.answerNow { call.send(request, $0) }.checkState(name)
    }
}

extension FunctionContext {
    /// Takes one of the function's locks; `nil` when another invocation still has it after the wait.
    ///
    /// - Parameters:
    ///   - name: which: 1 to 1024 bytes, each function has its own.
    ///   - lifetime: how long it is held unless it is released or renewed; at most a day.
    ///   - wait: how long to wait for it; the default is to try once. Nobody is served in order.
    /// - Returns: the lock.
    /// - Throws: `StateError` when the host can't do it, `CancellationError` when the invocation is over.
    public func lock(
        _ name: String,
        for lifetime: Duration,
        waiting wait: Duration = .zero
    ) async throws -> FunctionLock? {
        let request = LockRequest.acquire(name, lifetime, wait)
        let reply = try await call.answer { call.send(request, $0) }
        return reply.status == 409 ? nil : try request.lock(reply, call)
    }

    /// Takes one of the function's locks; `nil` when another invocation still has it after the wait.
    @available(*, noasync, message: "use 'try await lock'")
    public func lock(
        _ name: String,
        for lifetime: Duration,
        waiting wait: Duration = .zero
    ) throws -> FunctionLock? {
        let request = LockRequest.acquire(name, lifetime, wait)
        let reply = try call.answerNow { call.send(request, $0) }
        return reply.status == 409 ? nil : try request.lock(reply, call)
    }
}

/// One request to a function's locks, and what its answer means.
enum LockRequest: Sendable {
    case acquire(String, Duration, Duration)
    case renew(String, Int64, Duration)
    case release(String, Int64)

    var name: String {
        switch self {
        case .acquire(let name, _, _), .renew(let name, _, _), .release(let name, _): name
        }
    }

    func lock(_ reply: FunctionReply, _ call: Call) throws -> FunctionLock {
        try reply.checkState(name)
        return FunctionLock(
            name: name,
            token: reply.number,
            expires: reply.expires ?? .distantPast,
            call: call
        )
    }
}

extension Call {
    /// Sends a request to the function's locks; `body` hears the answer, or `nil` at the end.
    func send(_ request: LockRequest, _ body: @escaping Callbacks.Body) {
        guard !isOver, let lock = host.pointee.lock else { return body(nil) }
        var lent = roost_lock_request()
        lent.struct_size = UInt32(MemoryLayout<roost_lock_request>.size)
        switch request {
        case .acquire(_, let lifetime, let wait):
            lent.operation = UInt32(ROOST_LOCK_ACQUIRE)
            lent.ttl_ns = lifetime.atLeastOne
            lent.wait_ns = wait > .zero ? wait.atLeastOne : 0
        case .renew(_, let token, let lifetime):
            lent.operation = UInt32(ROOST_LOCK_RENEW)
            lent.ttl_ns = lifetime.atLeastOne
            lent.token = token
        case .release(_, let token):
            lent.operation = UInt32(ROOST_LOCK_RELEASE)
            lent.token = token
        }
        request.name.lent { name in
            lent.name = name
            lock(context, &lent, Self.answered, register(body))
        }
    }
}
