public import FunctionModel
internal import Logging
internal import Synchronization

/// The event bus: an event becomes one queued invocation for each function that wants it.
extension QueueTrigger: EventBus {
    /// Queues one invocation for each function that wants an event, all events in one commit.
    ///
    /// Who can't take an event misses it, and keeps nobody else from it.
    public func publish(_ events: [EmittedEvent]) async throws(StoreError) -> PublishVerdict {
        let now = now()
        let subscriptions = directory?.subscriptions() ?? []
        var fans = events.map { event in
            var fan = EventFan(event.attributes.id)
            let wanted = event.fanOut(to: subscriptions, expires: now) { function in
                directory?.delivery(of: function) ?? DeliveryOptions()
            }
            for var invocation in wanted {
                invocation.idempotency?.expires =
                    now + invocation.delivery.keyLifetime(atLeast: settings.keyLifetime)
                fan.add(invocation, tooLarge: tooLarge(invocation) != nil)
            }
            return fan
        }
        let invocations = fans.flatMap(\.invocations)
        var verdicts =
            try await invocations.isEmpty
            ? []
            : store.enqueue(invocations, bounds: settings.bounds, allOrNone: false)[...]
        guard verdicts.count == invocations.count else {
            throw .unavailable("the store gave no verdict")
        }
        if let full = invocations.first, verdicts.allSatisfy({ $0 == .queueFull }),
            fans.allSatisfy(\.missed.isEmpty)
        {
            return .queueFull(full.function)
        }
        for index in fans.indices {
            fans[index].judge(verdicts.prefix(fans[index].invocations.count))
            verdicts = verdicts.dropFirst(fans[index].invocations.count)
        }
        note(missed: fans.flatMap(\.missed), heard: fans.flatMap(\.heard))
        return .published(fans.map(\.receipt))
    }

    /// Counts every event that is missed, and logs the first that a function misses in a row.
    private func note(missed: [FunctionName], heard: [FunctionName]) {
        let new = deaf.withLock { deaf in
            deaf.subtract(heard)
            return Set(missed).filter { deaf.insert($0).inserted }
        }
        for function in missed { onMissedEvent(function) }
        for function in new.sorted(by: { $0.description < $1.description }) {
            logger.warning(
                "misses events: as much waits for it as may, or it takes no data of that size",
                metadata: ["function": "\(function)"]
            )
        }
    }
}

/// One event on its way to those who want it.
private struct EventFan {
    var receipt: EventReceipt
    var invocations: [QueuedInvocation] = []
    var missed: [FunctionName] = []
    var heard: [FunctionName] = []

    init(_ id: String) { receipt = EventReceipt(id: id, subscribers: 0, known: 0) }

    mutating func add(_ invocation: QueuedInvocation, tooLarge: Bool) {
        guard tooLarge else { return invocations.append(invocation) }
        missed.append(invocation.function)
        receipt.missed += 1
    }

    mutating func judge(_ verdicts: ArraySlice<EnqueueVerdict>) {
        for (invocation, verdict) in zip(invocations, verdicts) {
            switch verdict {
            case .accepted:
                receipt.subscribers += 1
                heard.append(invocation.function)
            case .joined, .mismatch: receipt.known += 1
            case .queueFull, .withheld:
                receipt.missed += 1
                missed.append(invocation.function)
            }
        }
    }
}
