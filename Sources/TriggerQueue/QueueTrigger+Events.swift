public import FunctionModel

/// The event bus: an event becomes one queued invocation for each function that wants it.
extension QueueTrigger: EventBus {
    /// Queues one invocation for each function that wants an event, all events in one commit.
    public func publish(_ events: [EmittedEvent]) async throws(StoreError) -> PublishVerdict {
        let subscriptions = directory?.subscriptions() ?? []
        let expires = now() + settings.keyLifetime
        let fans = events.map { event in
            event.fanOut(to: subscriptions, expires: expires) { function in
                directory?.delivery(of: function) ?? DeliveryOptions()
            }
        }
        let invocations = Array(fans.joined())
        let verdicts =
            invocations.isEmpty
            ? []
            : try await store.enqueue(invocations, bounds: settings.bounds, allOrNone: true)
        guard verdicts.count == invocations.count else {
            throw .unavailable("the store gave no verdict")
        }
        if let full = verdicts.firstIndex(of: .queueFull) {
            return .queueFull(invocations[full].function)
        }
        wake()
        var rest = verdicts[...]
        return .published(
            zip(events, fans).map { event, fan in
                let own = rest.prefix(fan.count)
                rest = rest.dropFirst(fan.count)
                let new = own.count { $0 == .accepted }
                return EventReceipt(
                    id: event.attributes.id,
                    subscribers: new,
                    known: fan.count - new
                )
            }
        )
    }
}
