import FunctionModel
import NIOCore
import Synchronization

/// A desk that answers as a test says, and notes what it was given.
final class FakeDesk: InvocationDesk {
    private let verdict: Result<EnqueueVerdict, StoreError>
    private let known: Result<StoredInvocation?, StoreError>
    let accepted = Mutex<[(QueuedInvocation, String?)]>([])
    let waits = Mutex<[Duration]>([])

    init(
        _ verdict: Result<EnqueueVerdict, StoreError> = .success(.accepted),
        known: Result<StoredInvocation?, StoreError> = .success(nil)
    ) {
        self.verdict = verdict
        self.known = known
    }

    func accept(
        _ invocation: QueuedInvocation,
        key: String?
    ) async throws(StoreError) -> EnqueueVerdict {
        accepted.withLock { $0.append((invocation, key)) }
        return try verdict.get()
    }

    func stored(
        _ id: InvocationID,
        waiting: Duration
    ) async throws(StoreError) -> StoredInvocation? {
        waits.withLock { $0.append(waiting) }
        return try known.get()
    }
}
