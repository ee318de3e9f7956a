import FunctionModel
import HostServices
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// Services over a store in memory, with a clock in the test's hands.
struct ServiceBench: Sendable {
    static let mail = name("shop", "mail")
    static let bill = name("shop", "bill")

    let clock = BenchClock()
    let store: any DurableStore
    let desk: FakeDesk
    let services: HostServices

    init(settings: ServiceSettings = ServiceSettings()) {
        let clock = clock
        store = Stores.memory { clock.now }
        desk = FakeDesk(store: store)
        services = HostServices(
            store: store,
            desk: desk,
            bus: desk,
            directory: desk,
            settings: settings,
            now: { clock.now },
            resolve: { $0 == "shop.bill" || $0 == "bill" ? Self.bill : nil }
        )
    }

    private static func name(_ plugin: String, _ function: String) -> FunctionName {
        do { return try FunctionName(plugin: plugin, function: function) } catch {
            preconditionFailure("\(error)")
        }
    }

    func ask(
        _ operation: HostOperation,
        _ name: String,
        _ payload: String = "",
        _ options: [HostOption: String] = [:],
        from function: FunctionName = mail,
        depth: Int = 0
    ) async -> HostAnswer {
        var call = HostCall(
            number: 1,
            operation: operation,
            name: name,
            contentType: "application/json",
            payload: ByteBuffer(string: payload),
            timeout: nil
        )
        call.options = options.map { Field($0.key.rawValue, $0.value) }
        let caller = HostCaller(
            id: InvocationID(),
            function: function,
            trace: TraceContext(),
            depth: depth,
            remaining: .seconds(20)
        )
        return await services.answer(call, from: caller)
    }
}

/// A clock that stands until a test moves it.
final class BenchClock: Sendable {
    private let time = Mutex(WallTime(seconds: 1_000_000))
    var now: WallTime { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// Keeps what is queued and emitted, and answers as a test wants.
final class FakeDesk: InvocationDesk, EventBus, DeliveryDirectory {
    let queued = Mutex<[QueuedInvocation]>([])
    let events = Mutex<[EmittedEvent]>([])
    let verdict = Mutex<EnqueueVerdict?>(nil)
    let published = Mutex<PublishVerdict?>(nil)
    private let store: any DurableStore

    init(store: any DurableStore) { self.store = store }

    func accept(
        _ invocation: QueuedInvocation,
        key: String?
    ) async throws(StoreError) -> EnqueueVerdict {
        queued.withLock { $0.append(invocation) }
        if let verdict = verdict.withLock({ $0 }) { return verdict }
        let verdicts = try await store.enqueue(
            [invocation],
            bounds: QueueBounds(),
            allOrNone: false
        )
        return verdicts.first ?? .withheld
    }

    func stored(
        _ id: InvocationID,
        waiting: Duration
    ) async throws(StoreError) -> StoredInvocation? { try await store.stored(id) }

    func submit(_ submissions: [Submission]) async throws(StoreError) -> SubmitVerdict {
        throw .unavailable("functions queue one call at a time")
    }

    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict { .unknown }

    func publish(_ events: [EmittedEvent]) async throws(StoreError) -> PublishVerdict {
        self.events.withLock { $0 += events }
        if let verdict = published.withLock({ $0 }) { return verdict }
        return .published(
            events.map { EventReceipt(id: $0.attributes.id, subscribers: 2, known: 0) }
        )
    }

    func subscriptions() -> [EventSubscription] { [] }

    func delivery(of function: FunctionName) -> DeliveryOptions {
        var options = DeliveryOptions()
        options.maximumAttempts = 7
        return options
    }
}
