/// How a call is queued.
///
///     try await context.invoke("mail.send", letter, .async(delay: .seconds(60), orderingKey: user))
public struct QueuedCall: Sendable, Hashable {
    /// Not to be started sooner than so long from now.
    public var delay: Duration?
    /// Not to be started later than so long from now; the default is six hours.
    public var expiry: Duration?
    /// Calls of a function that share it run one at a time, in the order of their arrival.
    public var orderingKey: String?
    /// Higher ones of a function run first; between -1000 and 1000.
    public var priority = 0
    /// How often it may be started; the default is three times.
    public var attempts: Int?
    /// Under which key it is accepted once: the same key gives the id of the first call.
    public var idempotencyKey: String?
    /// A tighter wall-time limit than the called function's own.
    public var timeout: Duration?

    /// Describes a queued call.
    public init() {}

    /// As soon as there is room.
    public static var async: Self { Self() }

    /// As told.
    public static func async(
        delay: Duration? = nil,
        expiry: Duration? = nil,
        orderingKey: String? = nil,
        priority: Int = 0,
        attempts: Int? = nil,
        idempotencyKey: String? = nil,
        timeout: Duration? = nil
    ) -> Self {
        var call = Self()
        call.delay = delay
        call.expiry = expiry
        call.orderingKey = orderingKey
        call.priority = priority
        call.attempts = attempts
        call.idempotencyKey = idempotencyKey
        call.timeout = timeout
        return call
    }
}

extension FunctionContext {
    /// Queues a call of another function, with its input sent as JSON, and returns its id once it is
    /// durable: it runs at least once, also when this invocation fails or the host ends.
    ///
    /// - Throws: `InvokeError` when it is not accepted.
    @discardableResult
    public func invoke(
        _ name: String,
        _ payload: some Encodable,
        _ queued: QueuedCall
    ) async throws -> String {
        let bytes = try JSON.encode(payload) { [UInt8]($0) }
        return try await invoke(name, raw: bytes, queued)
    }

    /// Queues a call of another function with bytes, and returns its id once it is durable.
    ///
    /// - Throws: `InvokeError` when it is not accepted.
    @discardableResult
    public func invoke(
        _ name: String,
        raw payload: [UInt8],
        contentType: String = "application/json",
        _ queued: QueuedCall
    ) async throws -> String {
        let reply = try await call.answer { call.queue(name, payload, contentType, queued, $0) }
        return try String(decoding: reply.checked(name).body, as: UTF8.self)
    }

    /// Queues a call of another function, with its input sent as JSON, and returns its id.
    @available(*, noasync, message: "use 'try await invoke'")
    @discardableResult
    public func invoke(
        _ name: String,
        _ payload: some Encodable,
        _ queued: QueuedCall
    ) throws -> String {
        let bytes = try JSON.encode(payload) { [UInt8]($0) }
        return try invoke(name, raw: bytes, queued)
    }

    /// Queues a call of another function with bytes, and returns its id.
    @available(*, noasync, message: "use 'try await invoke'")
    @discardableResult
    public func invoke(
        _ name: String,
        raw payload: [UInt8],
        contentType: String = "application/json",
        _ queued: QueuedCall
    ) throws -> String {
        let reply = try call.answerNow { call.queue(name, payload, contentType, queued, $0) }
        return try String(decoding: reply.checked(name).body, as: UTF8.self)
    }
}

extension Call {
    /// Asks for a call to be queued; `body` hears its id, or `nil` at the end.
    func queue(
        _ name: String,
        _ payload: [UInt8],
        _ contentType: String,
        _ queued: QueuedCall,
        _ body: @escaping Callbacks.Body
    ) {
        var request = roost_call()
        request.flags = UInt32(ROOST_CALL_QUEUED)
        request.timeout_ns = queued.timeout?.atLeastOne ?? 0
        request.delay_ns = queued.delay.map { $0 > .zero ? $0.atLeastOne : 0 } ?? 0
        request.expiry_ns = queued.expiry?.atLeastOne ?? 0
        request.priority = Int32(clamping: queued.priority)
        request.attempts = UInt32(clamping: queued.attempts ?? 0)
        (queued.orderingKey ?? "").lent { order in
            (queued.idempotencyKey ?? "").lent { key in
                request.ordering_key = order
                request.idempotency_key = key
                send(&request, name, payload, contentType, body)
            }
        }
    }
}
