import FunctionModel
import Logging
import NIOCore
import Synchronization

@testable import TriggerQueue

/// What the tests are about.
enum Subject {
    static let mail = named("shop.mail")

    static func named(_ text: String) -> FunctionName {
        do { return try FunctionName(text) } catch { preconditionFailure("\(error)") }
    }

    static func claim(attempt: Int = 1, now: WallTime) -> ClaimedInvocation {
        let invocation = QueuedInvocation(function: mail, body: ByteBuffer(string: "hi"))
        return ClaimedInvocation(
            invocation: invocation,
            attempt: attempt,
            attemptLimit: 3,
            received: now,
            expires: now + .seconds(3_600),
            lease: Lease(id: invocation.id, token: Int64(attempt), expires: now + .seconds(30))
        )
    }

    static func report(_ claims: [ClaimedInvocation]) -> ClaimReport {
        var report = ClaimReport()
        report.claimed = claims
        return report
    }
}

/// Runs what it is given as a test says, on tasks of its own.
final class FakeRunner: QueueRunner {
    typealias Handler = @Sendable (InvocationRequest) async -> InvocationResult

    private let handler: Handler
    private let free: Int
    let requests = Mutex<[InvocationRequest]>([])
    let controls = Mutex<[FakeControl]>([])
    /// Is called while an invocation begins, before anybody has its control.
    let atStart = Mutex<(@Sendable (InvocationID) -> Void)?>(nil)

    init(free: Int = 8, _ handler: @escaping Handler) {
        self.free = free
        self.handler = handler
    }

    func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        [Subject.mail: FunctionPlaces(free: free, longest: .seconds(5))]
    }

    func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        requests.withLock { $0.append(request) }
        let control = FakeControl()
        controls.withLock { $0.append(control) }
        atStart.withLock { $0 }?(request.id)
        Task { [handler] in
            let result = await handler(request)
            done(control.isCancelled ? InvocationResult(outcome: .cancelled) : result)
        }
        return control
    }

    func steps(of function: FunctionName) -> [FunctionName] { [] }

    func record(of id: InvocationID) -> InvocationRecord? { nil }
}

final class FakeControl: InvocationControl {
    private let cancelled = Mutex(false)

    var isCancelled: Bool { cancelled.withLock { $0 } }

    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) { cancelled.withLock { $0 = true } }
}
