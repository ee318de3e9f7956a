internal import CFunctionABI

/// A call of another function that a plugin had queued.
public struct TestQueuedCall: Sendable, Hashable {
    /// What the plugin got as its id.
    public internal(set) var id = ""
    /// The function's name, as the plugin gave it.
    public let function: String
    /// The payload.
    public let payload: [UInt8]
    /// The payload's media type.
    public let contentType: String
    /// How long it is not to be started; `nil` when it may be at once.
    public let delay: Duration?
    /// After what time it is not to be started any more; `nil` for the default.
    public let expiry: Duration?
    /// Its ordering key; `nil` for none.
    public let orderingKey: String?
    /// Its priority.
    public let priority: Int
    /// Its idempotency key; `nil` for none.
    public let idempotencyKey: String?

    init(_ call: roost_call) {
        function = call.name.text
        payload = [UInt8](call.payload.span)
        contentType = call.content_type.text
        delay = call.delay_ns == 0 ? nil : .nanoseconds(call.delay_ns)
        expiry = call.expiry_ns == 0 ? nil : .nanoseconds(call.expiry_ns)
        orderingKey = call.ordering_key.count == 0 ? nil : call.ordering_key.text
        priority = Int(call.priority)
        idempotencyKey = call.idempotency_key.count == 0 ? nil : call.idempotency_key.text
    }
}

/// An event that a plugin emitted.
public struct TestEmittedEvent: Sendable, Hashable {
    /// What happened.
    public let type: String
    /// The data.
    public let data: [UInt8]
    /// The data's media type.
    public let contentType: String
    /// What else was said of it: `id`, `source`, `subject` and so on.
    public let attributes: [String: String]

    init(_ event: roost_event) {
        type = event.type.text
        data = [UInt8](event.data.span)
        contentType = event.content_type.text
        let fields = UnsafeBufferPointer(start: event.attributes, count: event.attribute_count)
        attributes = Dictionary(
            fields.map { ($0.name.text, $0.value.text) },
            uniquingKeysWith: { $1 }
        )
    }
}
