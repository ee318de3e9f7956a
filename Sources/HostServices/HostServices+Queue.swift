internal import FunctionModel
internal import NIOCore

/// Calls that are queued.
extension HostServices {
    /// Queues a call of another function; what is answered is its id, once it is durable.
    func enqueue(
        _ call: HostCall,
        _ caller: HostCaller
    ) async throws(ServiceRefusal) -> HostAnswer {
        guard let function = resolve(call.name) else {
            throw ServiceRefusal(404, "no function '\(call.name)' is served here")
        }
        try caller.checkDepth("queue '\(function)'")
        if let limit = directory.requestSize(of: function), call.payload.readableBytes > limit.bytes
        {
            throw ServiceRefusal(413, "'\(function)' takes payloads of up to \(limit)")
        }
        var invocation = QueuedInvocation(function: function, body: call.payload)
        invocation.contentType = call.contentType
        invocation.trace = caller.trace.next()
        invocation.depth = caller.depth + 1
        invocation.delivery = try delivery(call, directory.delivery(of: function))
        if let key = call.text(.idempotencyKey) {
            invocation.idempotency = IdempotencyClaim(
                // Another function's keys are never in the way.
                key: IdempotencyKey(
                    function: function,
                    caller: "function:\(caller.function)",
                    key: key
                ),
                fingerprint: IdempotencyClaim.fingerprint(of: call.payload, call.contentType),
                expires: now() + settings.keyLifetime
            )
        }
        let verdict = try await asking { [invocation] () throws(StoreError) in
            try await desk.accept(invocation, key: nil)
        }
        return try Self.answer(verdict, invocation)
    }

    private static func answer(
        _ verdict: EnqueueVerdict,
        _ invocation: QueuedInvocation
    ) throws(ServiceRefusal) -> HostAnswer {
        switch verdict {
        case .accepted: return accepted(invocation.id)
        case .joined(let id): return accepted(id)
        case .mismatch:
            throw ServiceRefusal(422, "the idempotency key was used with another payload")
        case .queueFull, .withheld:
            throw ServiceRefusal(
                429,
                "as many invocations of '\(invocation.function)' are queued as may be"
            )
        }
    }

    private static func accepted(_ id: InvocationID) -> HostAnswer {
        HostAnswer(
            status: 202,
            contentType: "text/plain; charset=utf-8",
            payload: ByteBuffer(string: id.description)
        )
    }

    /// The function's own way of delivery, with what the caller wishes laid over it.
    private func delivery(
        _ call: HostCall,
        _ options: DeliveryOptions
    ) throws(ServiceRefusal) -> DeliveryOptions {
        var options = options
        let (delay, expiry) = (try call.duration(.delay), try call.duration(.expiry))
        guard max(delay ?? .zero, expiry ?? .zero) <= DeliveryBounds.longest else {
            throw ServiceRefusal(400, "a call is queued for 30 days at most")
        }
        let present = now()
        options.notBefore = delay.map { present + $0 }
        options.deadline = expiry.map { present + $0 }
        // Its age counts from when it may be started, and the caller's word goes before the default.
        options.maximumAge = max(options.maximumAge + (delay ?? .zero), expiry ?? .zero)
        options.orderingKey = call.text(.orderingKey)
        options.timeout = call.timeout
        options.priority = Int(clamping: try call.number(.priority) ?? 0)
        guard DeliveryBounds.priorities.contains(options.priority) else {
            throw ServiceRefusal(400, "a priority is between -1000 and 1000")
        }
        if let attempts = try call.number(.attempts) {
            guard DeliveryBounds.attempts.contains(Int(clamping: attempts)) else {
                throw ServiceRefusal(400, "a call is tried 1 to 100 times")
            }
            options.maximumAttempts = Int(clamping: attempts)
        }
        return options
    }
}

extension HostCaller {
    /// Refuses what would go on a chain that is as long as may be.
    func checkDepth(_ what: String) throws(ServiceRefusal) {
        guard depth < DeliveryBounds.depth else {
            throw ServiceRefusal(
                508,
                "'\(function)' may not \(what): \(DeliveryBounds.depth) functions stand on the way "
                    + "already"
            )
        }
    }
}
