internal import FunctionModel
internal import Synchronization

/// Wakes those who wait for a lock when it is released; who comes first then gets it.
final class LockBells: Sendable {
    struct Name: Hashable {
        let scope: StateScope
        let name: String
    }

    private struct State {
        var waiting: [Name: [Int: AsyncStream<Void>.Continuation]] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Something that ends when the lock is released after this call.
    func bell(for name: Name) -> Bell {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let number = state.withLock { state in
            state.next += 1
            state.waiting[name, default: [:]][state.next] = continuation
            return state.next
        }
        return Bell(stream: stream) { [weak self] in self?.forget(name, number) }
    }

    /// Wakes all who wait for a lock.
    func ring(_ name: Name) {
        let woken = state.withLock { $0.waiting.removeValue(forKey: name) ?? [:] }
        for continuation in woken.values { continuation.finish() }
    }

    /// How many wait.
    var count: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    private func forget(_ name: Name, _ number: Int) {
        state.withLock { state in
            state.waiting[name]?[number] = nil
            if state.waiting[name]?.isEmpty == true { state.waiting[name] = nil }
        }
    }
}

/// A place among those who wait for a lock; left when it is dropped.
final class Bell: Sendable {
    private let stream: AsyncStream<Void>
    private let leave: @Sendable () -> Void

    init(stream: AsyncStream<Void>, leave: @escaping @Sendable () -> Void) {
        self.stream = stream
        self.leave = leave
    }

    deinit { leave() }

    /// Waits until it rings, the time is over or the task is cancelled.
    func wait(atMost limit: Duration) async {
        await withTaskGroup { [stream] tasks in
            tasks.addTask { for await _ in stream {} }
            tasks.addTask {
                // Ended early when the bell rang first, or nobody waits any more.
                do { try await Task.sleep(for: limit) } catch {}
            }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}
