import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Testing

@testable import TriggerQueue

@Suite("The event bus")
struct EventBusTests {
    private static let now: @Sendable () -> WallTime = { WallTime(seconds: 1_000) }

    struct Directory: DeliveryDirectory {
        var all: [EventSubscription]
        func subscriptions() -> [EventSubscription] { all }
        func delivery(of function: FunctionName) -> DeliveryOptions {
            var options = DeliveryOptions()
            options.maximumAttempts = 7
            return options
        }
    }

    private func bus(
        _ store: any DurableStore,
        _ subscriptions: [(String, String)],
        bounds: QueueBounds = QueueBounds()
    ) -> QueueTrigger {
        var settings = QueueSettings(holder: "test")
        settings.bounds = bounds
        return QueueTrigger(
            settings: settings,
            store: store,
            runner: FakeRunner { _ in InvocationResult(outcome: .succeeded) },
            logger: Logger(label: "test"),
            now: Self.now,
            directory: Directory(
                all: subscriptions.map {
                    EventSubscription(function: Subject.named($0.0), type: $0.1)
                }
            )
        )
    }

    private func event(_ type: String, id: String = "1") -> EmittedEvent {
        EmittedEvent(
            CloudEventAttributes(id: id, source: "/test", type: type),
            data: ByteBuffer(string: "data")
        )
    }

    @Test func queuesOnceForEachSubscriberAndSaysWhoKnewIt() async throws {
        let store = Stores.memory(now: Self.now)
        let bus = bus(store, [("a.all", "*"), ("a.orders", "order.*"), ("a.mail", "mail.sent")])
        let events = [event("order.placed"), event("mail.sent", id: "2"), event("no.one", id: "3")]
        #expect(
            try await bus.publish(events)
                == .published([
                    EventReceipt(id: "1", subscribers: 2, known: 0),
                    EventReceipt(id: "2", subscribers: 2, known: 0),
                    EventReceipt(id: "3", subscribers: 1, known: 0),
                ])
        )
        #expect(
            try await bus.publish(event("order.placed"))
                == .published([EventReceipt(id: "1", subscribers: 0, known: 2)])
        )
        let depths = try await store.depths().mapValues(\.waiting)
        #expect(
            depths == [
                Subject.named("a.all"): 3, Subject.named("a.orders"): 1,
                Subject.named("a.mail"): 1,
            ]
        )
    }

    @Test func isDeafWithoutSubscribers() async throws {
        let bus = bus(Stores.memory(now: Self.now), [])
        #expect(
            try await bus.publish(event("x"))
                == .published([EventReceipt(id: "1", subscribers: 0, known: 0)])
        )
    }

    @Test func tellsNobodyWhenOneSubscriberHasNoRoom() async throws {
        let store = Stores.memory(now: Self.now)
        let bounds = QueueBounds(perFunction: 1, total: 10)
        let bus = bus(store, [("a.one", "*"), ("a.two", "b")], bounds: bounds)
        #expect(
            try await bus.publish(event("b"))
                == .published([EventReceipt(id: "1", subscribers: 2, known: 0)])
        )
        guard case .queueFull = try await bus.publish([event("c", id: "2"), event("b", id: "3")])
        else {
            Issue.record("it had no room")
            return
        }
        #expect(try await store.depths().values.map(\.waiting) == [1, 1])
    }

    @Test func givesTheFunctionTheAttributesAsFields() throws {
        var attributes = CloudEventAttributes(id: "1", source: "/test", type: "t")
        attributes.subject = "s"
        attributes.extensions = [Field("region", "eu")]
        var invocation = QueuedInvocation(function: Subject.mail, trigger: .event)
        invocation.event = attributes
        var claim = Subject.claim(now: WallTime(seconds: 1))
        claim.invocation = invocation
        let request = HeldInvocation.request(claim)
        #expect(request.trigger == .event)
        #expect(request.http?.method == "")
        #expect(
            request.http?.headers == [
                Field("ce-specversion", "1.0"), Field("ce-id", "1"),
                Field("ce-source", "/test"), Field("ce-type", "t"), Field("ce-subject", "s"),
                Field("ce-region", "eu"),
            ]
        )
    }
}
