import FunctionModel
import NIOCore
import Testing

struct EventSubscriptionTests {
    private func name(_ text: String) throws -> FunctionName { try FunctionName(text) }

    private var event: CloudEventAttributes {
        var event = CloudEventAttributes(id: "7", source: "/shop", type: "order.placed")
        event.subject = "customers/9"
        event.extensions = [Field("region", "eu")]
        return event
    }

    @Test(arguments: [
        ("order.placed", [:], true), ("order.*", [:], true), ("*", [:], true),
        ("order", [:], false), ("order.place", [:], false), ("mail.*", [:], false),
        ("*", ["subject": "customers/*"], true), ("*", ["subject": "customers/8"], false),
        ("*", ["region": "eu", "source": "/shop"], true), ("*", ["region": "us"], false),
        ("*", ["absent": "*"], false), ("*", ["id": "7"], true),
    ])
    func takesWhatItsFilterSays(type: String, attributes: [String: String], isWanted: Bool) throws {
        let subscription = EventSubscription(
            function: try name("a.b"),
            type: type,
            attributes: attributes
        )
        #expect(subscription.matches(event) == isWanted)
    }

    @Test func noEmitterUsesUpTheIdsOfAnother() throws {
        let subscriptions = [EventSubscription(function: try name("a.b"), type: "*")]
        let callers = try [nil, "shop.mail", "shop.bill"].map { emitter in
            var emitted = EmittedEvent(event)
            emitted.emitter = try emitter.map { try name($0) }
            return emitted.fanOut(to: subscriptions, expires: .never) { _ in DeliveryOptions() }
                .first?.idempotency?.key.caller
        }
        #expect(Set(callers).count == 3)
    }

    @Test func eachSubscriberGetsItsOwnInvocation() throws {
        let emitted = EmittedEvent(event, data: ByteBuffer(string: "data"), depth: 2)
        let subscriptions = [
            EventSubscription(function: try name("a.b"), type: "order.*"),
            EventSubscription(function: try name("a.b"), type: "*"),
            EventSubscription(function: try name("a.c"), type: "mail.*"),
            EventSubscription(function: try name("a.d"), type: "*"),
        ]
        let queued = emitted.fanOut(to: subscriptions, expires: .never) { function in
            var options = DeliveryOptions()
            options.maximumAttempts = function.function == "d" ? 7 : 3
            return options
        }
        #expect(queued.map(\.function.description) == ["a.b", "a.d"])
        #expect(queued.map(\.delivery.maximumAttempts) == [3, 7])
        #expect(Set(queued.map(\.id)).count == 2)
        for one in queued {
            #expect(one.body == emitted.data)
            #expect(one.event == event)
            #expect(one.depth == 3)
            #expect(one.trigger == .event)
            #expect(one.idempotency?.key.key == "7")
        }
    }
}
