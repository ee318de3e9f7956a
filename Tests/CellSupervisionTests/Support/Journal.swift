import NIOCore
import Synchronization

/// Keeps what happened, in order, and lets a test wait for something to happen.
final class Journal<Entry: Sendable>: Sendable {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private struct Waiter {
        let id: Int
        let matches: @Sendable (Entry) -> Bool
        let continuation: CheckedContinuation<Entry, any Error>
    }

    private struct State {
        var entries: [Entry] = []
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state = Mutex(State())
    private let eventLoop: any EventLoop

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    var entries: [Entry] { state.withLock(\.entries) }

    func append(_ entry: Entry) {
        let waiters = state.withLock { state in
            state.entries.append(entry)
            // Each is asked once about each entry, so that it may count.
            var due: [Waiter] = []
            state.waiters.removeAll { waiter in
                guard waiter.matches(entry) else { return false }
                due.append(waiter)
                return true
            }
            return due
        }
        for waiter in waiters { waiter.continuation.resume(returning: entry) }
    }

    /// Returns the first entry that matches, waiting for it up to twenty seconds.
    func first(
        _ what: String,
        within time: TimeAmount = .seconds(20),
        where matches: @escaping @Sendable (Entry) -> Bool
    ) async throws -> Entry {
        try await withCheckedThrowingContinuation { continuation in
            let (id, found): (Int, Entry?) = state.withLock { state in
                if let entry = state.entries.first(where: matches) { return (0, entry) }
                state.nextID += 1
                state.waiters.append(
                    Waiter(id: state.nextID, matches: matches, continuation: continuation)
                )
                return (state.nextID, nil)
            }
            if let found { return continuation.resume(returning: found) }
            eventLoop.scheduleTask(in: time) { self.giveUp(id, what) }
        }
    }

    /// Returns the entry that matches as the `number`th, waiting for it.
    func entry(
        number: Int,
        _ what: String,
        where matches: @escaping @Sendable (Entry) -> Bool
    ) async throws -> Entry {
        let seen = Mutex(0)
        return try await first(what) { entry in
            guard matches(entry) else { return false }
            return seen.withLock { seen in
                seen += 1
                return seen == number
            }
        }
    }

    private func giveUp(_ id: Int, _ what: String) {
        let waiter = state.withLock { state in
            let index = state.waiters.firstIndex { $0.id == id }
            return index.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: Missing(description: "\(what) did not happen"))
    }
}
