internal import Dispatch

/// Runs work that waits for the disk on a thread that Swift's few cooperative ones don't wait for.
func offload<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        diskQueue.async { continuation.resume(returning: work()) }
    }
}

private let diskQueue = DispatchQueue(label: "roost.files.disk", attributes: .concurrent)
