public import NIOCore

/// A function's wish to hear of events.
public struct EventSubscription: Sendable, Hashable, Codable {
    /// Who hears.
    public var function: FunctionName
    /// The type of the events: whole, or its beginning up to a `*` at the end.
    public var type: String
    /// Further attributes, each of which must have this value (or beginning, as `type`).
    public var attributes: [String: String]

    /// Describes a wish.
    public init(function: FunctionName, type: String, attributes: [String: String] = [:]) {
        self.function = function
        self.type = type
        self.attributes = attributes
    }

    /// Whether an event is wanted.
    public func matches(_ event: CloudEventAttributes) -> Bool {
        Self.matches(event.type, type)
            && attributes.allSatisfy { name, wanted in
                event[name].map { Self.matches($0, wanted) } ?? false
            }
    }

    private static func matches(_ value: String, _ wanted: String) -> Bool {
        wanted.hasSuffix("*") ? value.hasPrefix(wanted.dropLast()) : value == wanted
    }
}

/// An event with its data.
public struct EmittedEvent: Sendable, Hashable {
    /// What happened.
    public var attributes: CloudEventAttributes
    /// The data.
    public var data: ByteBuffer
    /// The data's media type.
    public var contentType: String
    /// Its place in a trace.
    public var trace: TraceContext
    /// Functions on the way from the first caller to here.
    public var depth: Int
    /// The function that emits it, whatever the event says of its source; `nil` for everybody else.
    public var emitter: FunctionName?

    /// Describes an event.
    public init(
        _ attributes: CloudEventAttributes,
        data: ByteBuffer = ByteBuffer(),
        contentType: String = "",
        trace: TraceContext = TraceContext(),
        depth: Int = 0
    ) {
        self.attributes = attributes
        self.data = data
        self.contentType = contentType
        self.trace = trace
        self.depth = depth
    }

    /// One invocation for each subscription that wants the event, to be queued in one commit.
    ///
    /// CloudEvents are told apart by source and id, those of each emitting function by themselves, so
    /// that none can keep another's from being heard of: until `expires` each function hears of one
    /// once, however often it is emitted. `delivery` says how each function's share is delivered.
    public func fanOut(
        to subscriptions: [EventSubscription],
        expires: WallTime,
        delivery: (FunctionName) -> DeliveryOptions
    ) -> [QueuedInvocation] {
        var functions: Set<FunctionName> = []
        let caller = (emitter.map { "emitter:\($0):" } ?? "event:") + attributes.source
        return subscriptions.compactMap { subscription in
            guard subscription.matches(attributes), functions.insert(subscription.function).inserted
            else { return nil }
            var invocation = QueuedInvocation(
                function: subscription.function,
                trigger: .event,
                body: data
            )
            invocation.contentType = contentType
            invocation.event = attributes
            invocation.trace = trace.next()
            invocation.depth = depth + 1
            invocation.delivery = delivery(subscription.function)
            invocation.idempotency = IdempotencyClaim(
                key: IdempotencyKey(
                    function: subscription.function,
                    caller: caller,
                    key: attributes.id
                ),
                // The event is the same by definition, whatever its data.
                fingerprint: "",
                expires: expires
            )
            return invocation
        }
    }
}
