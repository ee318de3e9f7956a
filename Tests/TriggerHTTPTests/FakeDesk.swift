import FunctionModel
import NIOCore
import Synchronization

/// A desk that answers as a test says, and notes what it was given.
final class FakeDesk: InvocationDesk {
    private let verdict: Result<EnqueueVerdict, StoreError>
    private let known: Result<StoredInvocation?, StoreError>
    private let cancelVerdict: CancelVerdict
    private let refusal: DeliveryProblem?
    private let gate: AsyncStream<Void>?
    let submitted = Mutex<[Submission]>([])
    let waits = Mutex<[Duration]>([])

    init(
        _ verdict: Result<EnqueueVerdict, StoreError> = .success(.accepted),
        known: Result<StoredInvocation?, StoreError> = .success(nil),
        cancel: CancelVerdict = .unknown,
        refusal: DeliveryProblem? = nil,
        gate: AsyncStream<Void>? = nil
    ) {
        self.verdict = verdict
        self.known = known
        cancelVerdict = cancel
        self.refusal = refusal
        self.gate = gate
    }

    func accept(
        _ invocation: QueuedInvocation,
        key: String?
    ) async throws(StoreError) -> EnqueueVerdict {
        try verdict.get()
    }

    func submit(_ submissions: [Submission]) async throws(StoreError) -> SubmitVerdict {
        submitted.withLock { $0 += submissions }
        if let gate { for await _ in gate {} }
        if let refusal { return .refused(submissions.count - 1, refusal) }
        let verdict = try verdict.get()
        return .judged(submissions.map { _ in verdict })
    }

    func stored(
        _ id: InvocationID,
        waiting: Duration
    ) async throws(StoreError) -> StoredInvocation? {
        waits.withLock { $0.append(waiting) }
        return try known.get()
    }

    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict { cancelVerdict }
}
