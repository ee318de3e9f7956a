internal import FunctionModel
internal import NIOCore
private import Synchronization

/// Lets in as many batches as may be under way, and reads one of them at a time: however many come,
/// the threads that everybody shares are left to others.
final class BatchDoor: Sendable {
    private let limit: Int
    private let inside = Atomic(0)
    private let reader = Reader()

    init(limit: Int) { self.limit = limit }

    /// Takes a place; false when there is none.
    func enter() -> Bool {
        let (_, now) = inside.add(1, ordering: .relaxed)
        if now <= limit { return true }
        leave()
        return false
    }

    /// Gives a place back.
    func leave() { inside.subtract(1, ordering: .relaxed) }

    /// Reads a batch when those before it are read; `nil` when nobody waits for it any more.
    func read(
        _ body: ByteBuffer,
        caller: String,
        resolve: @Sendable (String) -> FunctionName?
    ) async throws(BatchProblem) -> InvocationBatch? {
        try await reader.read(body, caller, resolve)
    }

    private actor Reader {
        func read(
            _ body: ByteBuffer,
            _ caller: String,
            _ resolve: @Sendable (String) -> FunctionName?
        ) throws(BatchProblem) -> InvocationBatch? {
            guard !Task.isCancelled else { return nil }
            return try InvocationBatch(
                json: body,
                caller: caller,
                anyDestination: false,
                resolve: resolve
            )
        }
    }
}
