public import FunctionModel
public import NIOCore
internal import Platform
internal import Synchronization

/// Runs what is queued: reports to URLs and files here, everything else where functions run.
public final class DestinationRunner: QueueRunner {
    /// How many reports are on their way to URLs at a time.
    static let posts = 16

    private let functions: any QueueRunner
    private let policy: @Sendable () -> DeliveryPolicy
    private let poster: URLPoster
    private let underWay = Mutex(UnderWay())
    private let publish: Publish

    /// Publishes an event; `nil` when nobody who subscribes may be known yet.
    public typealias Publish =
        @Sendable (EmittedEvent) async throws(StoreError) -> PublishVerdict?

    private struct UnderWay {
        var posts = 0
        var appends = 0
        var events = 0
    }

    /// Makes a runner.
    ///
    /// - Parameters:
    ///   - functions: Runs functions.
    ///   - group: Where connections to URLs live.
    ///   - policy: What the operator allows now.
    ///   - publish: Publishes the events that destinations ask for.
    public init(
        functions: any QueueRunner,
        group: any EventLoopGroup,
        policy: @escaping @Sendable () -> DeliveryPolicy,
        publish: @escaping Publish
    ) {
        self.functions = functions
        self.policy = policy
        self.publish = publish
        poster = URLPoster(group: group)
    }

    /// What each function that may run now has room for, those of the host's own included.
    public func places(of named: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        var places = functions.places(of: named)
        let own = underWay.withLock { underWay in
            [
                (DestinationDesk.post, Self.posts - underWay.posts),
                (DestinationDesk.append, 1 - underWay.appends),
                (DestinationDesk.emit, 4 - underWay.events),
            ]
        }
        for (function, free) in own {
            guard free > 0, named?.contains(function) ?? true else { continue }
            places[function] = FunctionPlaces(free: free, longest: .seconds(15))
        }
        return places
    }

    /// Runs a function, or carries a report to its destination.
    public func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        switch request.function {
        case DestinationDesk.post:
            return carry(\.posts, request, done) { await $0.poster.post(request, $0.policy()) }
        case DestinationDesk.append:
            return carry(\.appends, request, done) { $0.append(request, $0.policy()) }
        case DestinationDesk.emit: return carry(\.events, request, done) { await $0.emit(request) }
        default: return functions.run(request, done: done)
        }
    }

    /// The functions that a served one consists of; empty where it isn't a sequence.
    public func steps(of function: FunctionName) -> [FunctionName] { functions.steps(of: function) }

    /// The record of an invocation that has just ended; none is kept of reports.
    public func record(of id: InvocationID) -> InvocationRecord? { functions.record(of: id) }

    private func carry(
        _ count: any WritableKeyPath<UnderWay, Int> & Sendable,
        _ request: InvocationRequest,
        _ done: @escaping @Sendable (InvocationResult) -> Void,
        _ body: @escaping @Sendable (DestinationRunner) async -> InvocationResult
    ) -> any InvocationControl {
        underWay.withLock { $0[keyPath: count] += 1 }
        let task = Task {
            let result = await body(self)
            underWay.withLock { $0[keyPath: count] -= 1 }
            done(Task.isCancelled ? InvocationResult(outcome: .cancelled) : result)
        }
        return CarryControl(task)
    }

    private func emit(_ request: InvocationRequest) async -> InvocationResult {
        func field(_ name: String) -> String {
            request.http?.headers.first { $0.name == name }?.value ?? ""
        }
        var attributes = CloudEventAttributes(
            id: request.id.description,
            source: "/functions/" + field("roost-function"),
            type: request.http?.path ?? ""
        )
        attributes.subject = field("roost-invocation-id")
        let event = EmittedEvent(
            attributes,
            data: request.body,
            contentType: request.contentType,
            trace: request.trace,
            // The emission is no step of the chain, the report is.
            depth: request.depth - 1
        )
        do throws(StoreError) {
            switch try await publish(event) {
            // Published again it reaches those alone who have missed it.
            case .published(let receipts)? where receipts.contains(where: { $0.missed > 0 }):
                return .undelivered("missed", "not every subscriber has room for it")
            case .published?: return InvocationResult(outcome: .succeeded)
            case .queueFull(let function)?:
                return .undelivered("queueFull", "as much waits for '\(function)' as may")
            case nil: return .rejected(.draining, "plugins are still coming in")
            }
        } catch {
            return .undelivered("storeUnavailable", "\(error)")
        }
    }

    /// One line, on the disk when this returns; a line that was written and not told of comes twice.
    private func append(_ request: InvocationRequest, _ policy: DeliveryPolicy) -> InvocationResult
    {
        let name = request.http?.path ?? ""
        if let problem = policy.problem(.file(name)) {
            return .undelivered("notAllowed", problem.description, retryable: false)
        }
        do {
            try LineFile.append(
                request.body.readableBytesView,
                to: name,
                in: policy.directory ?? ""
            )
            return InvocationResult(outcome: .succeeded)
        } catch {
            return .undelivered("notWritten", "the report can't be written: \(error)")
        }
    }
}

/// Stops a report on its way.
private final class CarryControl: InvocationControl {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) { self.task = task }

    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) { task.cancel() }
}
