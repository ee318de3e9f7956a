import FunctionModel
import InvocationStore
import Logging
import NIOCore
import Synchronization
import Testing

@testable import TriggerQueue

@Suite("The event bus")
struct EventBusTests {
    private static let now: @Sendable () -> WallTime = { WallTime(seconds: 1_000) }

    struct Directory: DeliveryDirectory {
        var all: [EventSubscription]
        var largest: [FunctionName: ByteCount] = [:]
        func subscriptions() -> [EventSubscription] { all }
        func requestSize(of function: FunctionName) -> ByteCount? { largest[function] }
        func delivery(of function: FunctionName) -> DeliveryOptions {
            var options = DeliveryOptions()
            options.maximumAttempts = 7
            return options
        }
    }

    private func bus(
        _ store: any DurableStore,
        _ subscriptions: [(String, String)],
        bounds: QueueBounds = QueueBounds(),
        largest: [FunctionName: ByteCount] = [:],
        missed: Missed = Missed()
    ) -> QueueTrigger {
        var settings = QueueSettings(holder: "test")
        settings.bounds = bounds
        return QueueTrigger(
            settings: settings,
            store: store,
            runner: FakeRunner { _ in InvocationResult(outcome: .succeeded) },
            logger: Logger(label: "test"),
            now: Self.now,
            onMissedEvent: { function in missed.functions.withLock { $0.append(function) } },
            directory: Directory(
                all: subscriptions.map {
                    EventSubscription(function: Subject.named($0.0), type: $0.1)
                },
                largest: largest
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

    final class Missed: Sendable {
        let functions = Mutex<[FunctionName]>([])
    }

    @Test func oneWithoutRoomKeepsNobodyElseFromTheEvent() async throws {
        let store = Stores.memory(now: Self.now)
        let bounds = QueueBounds(perFunction: 1, total: 10)
        let missed = Missed()
        let full = bus(store, [("a.stalled", "*")], bounds: bounds)
        #expect(
            try await full.publish(event("a"))
                == .published([EventReceipt(id: "1", subscribers: 1, known: 0)])
        )
        let subscriptions = [("a.stalled", "*"), ("a.two", "b"), ("a.three", "c")]
        let bus = bus(store, subscriptions, bounds: bounds, missed: missed)
        #expect(
            try await bus.publish([event("b", id: "2"), event("c", id: "3")])
                == .published([
                    EventReceipt(id: "2", subscribers: 1, known: 0, missed: 1),
                    EventReceipt(id: "3", subscribers: 1, known: 0, missed: 1),
                ])
        )
        #expect(
            missed.functions.withLock { $0 }
                == [Subject.named("a.stalled"), Subject.named("a.stalled")]
        )
        // Published again it reaches whoever has missed it, once there is room, and nobody twice.
        let roomy = self.bus(store, subscriptions)
        #expect(
            try await roomy.publish(event("b", id: "2"))
                == .published([EventReceipt(id: "2", subscribers: 1, known: 1)])
        )
    }

    @Test func saysSoWhenNobodyHasRoom() async throws {
        let store = Stores.memory(now: Self.now)
        let bounds = QueueBounds(perFunction: 1, total: 10)
        let bus = bus(store, [("a.one", "*"), ("a.two", "*")], bounds: bounds)
        _ = try await bus.publish(event("b"))
        guard case .queueFull = try await bus.publish(event("b", id: "2")) else {
            Issue.record("it had no room")
            return
        }
        #expect(try await store.depths().values.map(\.waiting) == [1, 1])
    }

    @Test func whoTakesNoDataOfThatSizeMissesThem() async throws {
        let small = [Subject.named("a.small"): ByteCount(bytes: 3)]
        let bus = bus(
            Stores.memory(now: Self.now),
            [("a.small", "*"), ("a.all", "*")],
            largest: small
        )
        #expect(
            try await bus.publish(event("b"))
                == .published([EventReceipt(id: "1", subscribers: 1, known: 0, missed: 1)])
        )
    }

    @Test func theDeskTakesNothingThatTheFunctionWouldNot() async throws {
        let bus = bus(
            Stores.memory(now: Self.now),
            [],
            largest: [Subject.mail: ByteCount(bytes: 3)]
        )
        func submission(_ body: String) -> Submission {
            Submission(QueuedInvocation(function: Subject.mail, body: ByteBuffer(string: body)))
        }
        await #expect(throws: StoreError.self) {
            _ = try await bus.submit([submission("fit"), submission("more")])
        }
        await #expect(throws: StoreError.self) {
            _ = try await bus.accept(submission("more").invocation)
        }
        #expect(try await bus.submit([submission("fit")]) == .judged([.accepted]))
    }

    @Test func aKeyStandsForMethodPathAndQueryOfItsCaller() async throws {
        let bus = bus(Stores.memory(now: Self.now), [])
        let first = InvocationID()
        func verdict(
            _ path: String,
            id: InvocationID = InvocationID(),
            caller: String = "http"
        ) async throws -> SubmitVerdict {
            var invocation = QueuedInvocation(id: id, function: Subject.mail)
            invocation.http = HTTPRequestHead(method: "POST", path: path, query: "", headers: [])
            return try await bus.submit([Submission(invocation, key: "k", caller: caller)])
        }
        #expect(try await verdict("/orders/1/ship", id: first) == .judged([.accepted]))
        #expect(try await verdict("/orders/1/ship") == .judged([.joined(first)]))
        #expect(try await verdict("/orders/2/ship") == .judged([.mismatch(first)]))
        #expect(try await verdict("/orders/1/ship", caller: "operator") == .judged([.accepted]))
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
