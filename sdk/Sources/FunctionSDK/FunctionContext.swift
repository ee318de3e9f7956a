public import struct FoundationEssentials.Date

/// What a handler knows of its invocation, and what it may ask of the host.
///
/// Valid while the invocation runs; afterwards its values are empty and its calls throw.
public struct FunctionContext: Sendable {
    let call: Call

    /// Writes log lines of this invocation.
    public var logger: FunctionLogger

    init(call: Call) {
        self.call = call
        logger = FunctionLogger(call: call)
    }

    /// The invocation's id: 32 hexadecimal digits.
    public var invocationID: String { call.event?.pointee.id.string ?? "" }
    /// The function's full name, `plugin.function`.
    public var functionName: String { call.event?.pointee.name.string ?? "" }
    /// 1 for the first attempt to handle the event.
    public var attempt: Int { Int(call.event?.pointee.attempt ?? 0) }
    /// Why the function was run.
    public var trigger: TriggerKind {
        call.event.flatMap { TriggerKind(rawValue: $0.pointee.trigger) } ?? .operator
    }
    /// The body's media type; empty when the caller named none.
    public var contentType: String { call.contentType }
    /// W3C trace context of this invocation, which continues the caller's; `nil` when there is none.
    ///
    /// The value to send along with requests to others; the host does so for functions that this one
    /// calls.
    public var traceparent: String? {
        call.event.flatMap {
            $0.pointee.traceparent.count == 0 ? nil : $0.pointee.traceparent.string
        }
    }
    /// What tracing systems noted beside `traceparent`; `nil` when there is nothing.
    public var tracestate: String? {
        call.event.flatMap { event in
            // A host of an earlier contract lends a shorter event.
            let size = MemoryLayout<roost_invocation>.size
            guard event.pointee.struct_size >= size, event.pointee.tracestate.count > 0 else {
                return nil
            }
            return event.pointee.tracestate.string
        }
    }
    /// When the event came in.
    public var received: Date {
        Date(timeIntervalSince1970: Double(call.event?.pointee.received_unix_ns ?? 0) / 1e9)
    }
    /// The event that the function subscribes to; `nil` when something else triggered it.
    public var event: EventAttributes? { EventAttributes(call) }

    /// The request; `nil` when something else triggered the function.
    public var request: HTTPRequest? { HTTPRequest(call) }

    /// The time left until the deadline; never negative.
    public var remainingTime: Duration {
        guard !call.isOver, let remaining = call.host.pointee.remaining_ns else { return .zero }
        return .nanoseconds(max(0, remaining(call.context)))
    }
    /// The instant at which the host ends the invocation.
    public var deadline: ContinuousClock.Instant { .now + remainingTime }

    /// Whether the invocation has been asked to stop; costs next to nothing, so ask it in loops.
    public var isCancelled: Bool { call.cancelReason != nil }
    /// Why the invocation has been asked to stop; `nil` when it hasn't.
    public var cancelReason: CancelReason? { call.cancelReason }
    /// Throws when the invocation has been asked to stop.
    ///
    /// - Throws: `CancellationError`.
    public func checkCancellation() throws { try call.checkCancellation() }

    /// The operator's value for a key; `nil` when there is none.
    public func configuration(_ key: String) -> String? {
        call.setting(call.host.pointee.configuration, key)
    }
    /// The operator's secret for a key; `nil` when there is none.
    public func secret(_ key: String) -> String? { call.setting(call.host.pointee.secret, key) }

    /// The response as a stream, for functions that declare `streaming: .response`.
    public var stream: ResponseStream { ResponseStream(call: call) }
    /// Starts a response of server-sent events.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    public func events() throws -> EventStream { try EventStream(stream) }
}

/// What a plugin knows while one of its workers starts or retires.
public struct PluginContext: Sendable {
    let call: Call

    /// Writes log lines of the plugin.
    public var logger: FunctionLogger

    init(call: Call) {
        self.call = call
        logger = FunctionLogger(call: call)
    }

    /// The time left; never negative.
    public var remainingTime: Duration {
        guard !call.isOver, let remaining = call.host.pointee.remaining_ns else { return .zero }
        return .nanoseconds(max(0, remaining(call.context)))
    }
    /// The operator's value for a key; `nil` when there is none.
    public func configuration(_ key: String) -> String? {
        call.setting(call.host.pointee.configuration, key)
    }
    /// The operator's secret for a key; `nil` when there is none.
    public func secret(_ key: String) -> String? { call.setting(call.host.pointee.secret, key) }
}

extension Call {
    /// One look-up in the host's table of settings.
    typealias Lookup =
        @convention(c) (OpaquePointer?, roost_bytes, UnsafeMutablePointer<roost_bytes>?) -> Int32

    func setting(_ lookup: Lookup?, _ key: String) -> String? {
        guard !isOver, let lookup else { return nil }
        var value = roost_bytes()
        return key.lent { lookup(context, $0, &value) } == 0 ? value.string : nil
    }
}
