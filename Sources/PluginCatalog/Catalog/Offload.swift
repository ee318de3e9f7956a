internal import Dispatch

/// Runs work that waits for the disk on a thread of its own kind.
///
/// Swift has few cooperative threads, which stay free so. Callers bound how much of it there is at the same time.
func offload<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        diskQueue.async { continuation.resume(with: Swift.Result { try work() }) }
    }
}

/// The same for work that can't fail.
func offload<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        diskQueue.async { continuation.resume(returning: work()) }
    }
}

private let diskQueue = DispatchQueue(label: "roost.catalog.disk", attributes: .concurrent)
