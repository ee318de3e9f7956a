/// Takes events for the functions that subscribe to them.
///
/// Implemented by `TriggerQueue`.
public protocol EventBus: Sendable {
    /// Queues one invocation for each function that wants an event, all events in one commit.
    ///
    /// Once this returns `published`, every subscriber hears of every event at least once, with
    /// attempts of its own; of an event whose source and id are known it doesn't hear again. A
    /// subscriber that has no room, or takes no data of that size, misses it: the receipt counts it,
    /// and publishing the same event again reaches it, and it alone, once it has room.
    ///
    /// - Throws: `StoreError`; nobody hears of any of them then.
    func publish(_ events: [EmittedEvent]) async throws(StoreError) -> PublishVerdict
}

extension EventBus {
    /// Queues one invocation for each function that wants the event, in one commit.
    ///
    /// - Throws: `StoreError`; nobody hears of it then.
    public func publish(_ event: EmittedEvent) async throws(StoreError) -> PublishVerdict {
        try await publish([event])
    }
}

/// What became of events that were handed over together.
public enum PublishVerdict: Sendable, Hashable {
    /// They are durable; one receipt for each, in their order.
    case published([EventReceipt])
    /// As much waits for this subscriber as may, and for all others; nobody hears of any of them.
    case queueFull(FunctionName)
}

/// Who hears of an event.
public struct EventReceipt: Sendable, Hashable, Codable {
    /// The event's id.
    public var id: String
    /// How many functions hear of it now.
    public var subscribers: Int
    /// How many had heard of it before, by its source and id.
    public var known: Int
    /// How many miss it, because as much waits for them as may, or they take no data of that size.
    public var missed: Int

    /// Describes a receipt.
    public init(id: String, subscribers: Int, known: Int, missed: Int = 0) {
        self.id = id
        self.subscribers = subscribers
        self.known = known
        self.missed = missed
    }
}

/// What the queue needs to know of the functions that are served.
///
/// Implemented by `FunctionDispatch`.
public protocol DeliveryDirectory: Sendable {
    /// Every subscription of the functions that are served now.
    func subscriptions() -> [EventSubscription]

    /// How what is queued for a function is delivered, unless whoever queues it says otherwise.
    func delivery(of function: FunctionName) -> DeliveryOptions

    /// The largest payload that a function takes; `nil` where it isn't served.
    func requestSize(of function: FunctionName) -> ByteCount?
}

extension DeliveryDirectory {
    /// Knows of no limit.
    public func requestSize(of function: FunctionName) -> ByteCount? { nil }
}
