import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of events that go to several functions.
@Suite(.serialized)
struct EventContractTests {
    private let subscriptions = [
        EventSubscription(function: .mail, type: "order.*"),
        EventSubscription(function: .bill, type: "order.placed"),
    ]

    @Test(arguments: StoreKind.allCases)
    func eachSubscriberHasRetriesOfItsOwn(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let event = EmittedEvent(
            CloudEventAttributes(id: "1", source: "/shop", type: "order.placed"),
            data: ByteBuffer(string: "data")
        )
        let queued = event.fanOut(to: subscriptions, expires: .never) { _ in DeliveryOptions() }
        let verdicts = try await test.store.enqueue(queued, bounds: QueueBounds(), allOrNone: true)
        #expect(verdicts == [.accepted, .accepted])
        let mail = try await test.claimOne(.mail)
        #expect(mail.invocation.event == event.attributes)
        try await test.store.settle(mail.lease, .succeeded())
        try await test.store.release(try await test.claimOne(.bill).lease, Release())
        #expect(try await test.claim(.mail).claimed.isEmpty)
        #expect(try await test.claimOne(.bill).attempt == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func theSameEventIsHeardOnce(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let event = EmittedEvent(CloudEventAttributes(id: "1", source: "/s", type: "order.placed"))
        let first = event.fanOut(to: subscriptions, expires: .never) { _ in DeliveryOptions() }
        let again = event.fanOut(to: subscriptions, expires: .never) { _ in DeliveryOptions() }
        _ = try await test.store.enqueue(first, bounds: QueueBounds(), allOrNone: true)
        let verdicts = try await test.store.enqueue(again, bounds: QueueBounds(), allOrNone: true)
        #expect(verdicts == first.map { .joined($0.id) })
        #expect(try await test.store.depths()[.mail]?.waiting == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func allHearOrNoneDoes(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.bill)
        let event = EmittedEvent(CloudEventAttributes(id: "1", source: "/s", type: "order.placed"))
        let queued = event.fanOut(to: subscriptions, expires: .never) { _ in DeliveryOptions() }
        let bounds = QueueBounds(perFunction: 1)
        let verdicts = try await test.store.enqueue(queued, bounds: bounds, allOrNone: true)
        #expect(verdicts == [.withheld, .queueFull])
        #expect(try await test.store.depths()[.mail] == nil)
        _ = try await test.claim(.bill)
        let later = try await test.store.enqueue(queued, bounds: bounds, allOrNone: true)
        #expect(later == [.accepted, .accepted])
    }
}
