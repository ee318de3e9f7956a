internal import FunctionModel
internal import Synchronization

/// Those who wait for the ends of invocations.
final class EndWaiters: Sendable {
    private struct Waiting {
        var all: [InvocationID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var count = 0
        var next = 0
        var isClosed = false
    }

    private let limit: Int
    private let waiting = Mutex(Waiting())

    init(limit: Int) { self.limit = limit }

    /// A stream that finishes when the invocation ends; `nil` when nobody more may wait.
    func wait(for id: InvocationID) -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let number = waiting.withLock { waiting -> Int? in
            guard !waiting.isClosed, waiting.count < limit else { return nil }
            waiting.count += 1
            waiting.next += 1
            waiting.all[id, default: [:]][waiting.next] = continuation
            return waiting.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in self?.leave(id, number) }
        return stream
    }

    /// Tells those who wait for an invocation.
    func ended(_ id: InvocationID) {
        let told = waiting.withLock { waiting in
            let told = waiting.all.removeValue(forKey: id) ?? [:]
            waiting.count -= told.count
            return told
        }
        for continuation in told.values { continuation.finish() }
    }

    /// Tells everybody; nobody may wait any more.
    func close() {
        let told = waiting.withLock { waiting in
            waiting.isClosed = true
            waiting.count = 0
            defer { waiting.all = [:] }
            return waiting.all
        }
        for continuation in told.values.flatMap(\.values) { continuation.finish() }
    }

    private func leave(_ id: InvocationID, _ number: Int) {
        waiting.withLock { waiting in
            guard waiting.all[id]?.removeValue(forKey: number) != nil else { return }
            waiting.count -= 1
            if waiting.all[id]?.isEmpty == true { waiting.all[id] = nil }
        }
    }
}
