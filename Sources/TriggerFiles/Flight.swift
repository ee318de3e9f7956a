internal import FunctionModel
internal import Synchronization

/// The invocations of a watch that are queued or run.
final class Flight: Sendable {
    private struct Under: Sendable {
        var ids: Set<InvocationID> = []
        var hasEnded = false
    }

    private let under = Mutex(Under())

    /// How many there are.
    var count: Int { under.withLock { $0.ids.count } }

    /// Whether one is among them.
    func contains(_ id: InvocationID) -> Bool { under.withLock { $0.ids.contains(id) } }

    /// Adds some; before they are queued, so that no end comes too early.
    func add(_ new: [InvocationID]) { under.withLock { $0.ids.formUnion(new) } }

    /// Takes some out that were not queued after all.
    func remove(_ ids: [InvocationID]) { under.withLock { $0.ids.subtract(ids) } }

    /// Takes those out that have ended; false when none is of this watch.
    ///
    /// Dead letters that are redriven aren't among those under way, so whatever of its function has
    /// ended may be one.
    func end(_ ended: [InvocationID], isOfFunction: Bool) -> Bool {
        under.withLock { under in
            let count = under.ids.count
            under.ids.subtract(ended)
            guard isOfFunction || under.ids.count < count else { return false }
            under.hasEnded = true
            return true
        }
    }

    /// Whether some have ended since the last call.
    func takeEnded() -> Bool {
        under.withLock { under in
            defer { under.hasEnded = false }
            return under.hasEnded
        }
    }
}

extension Flight {
    /// Adds what is queued for a watch already.
    ///
    /// An end between the reading and the adding meets nothing here; it is seen by reading once more.
    func resume(_ watch: Int64, in store: any FileIndex) async throws(StoreError) {
        var query = FileQuery(watch: watch, state: .queued, limit: WatchRunner.chunk)
        while true {
            let rows = try await store.files(query)
            let ids = rows.compactMap(\.invocation)
            add(ids)
            let now = try await store.files(at: rows.map(\.path), in: watch)
            let left = now.map { $0?.state == .queued ? $0?.invocation : nil }
            remove(Array(Set(ids).subtracting(left.compactMap(\.self))))
            guard rows.count == query.limit else { return }
            query.after = rows.last?.path
        }
    }
}

/// Invocations that are about to be queued; a commit that is tried again announces others.
final class Departure: Sendable {
    private let flight: Flight
    private let latest = Mutex<[InvocationID]>([])

    init(_ flight: Flight) { self.flight = flight }

    /// The latest that were announced.
    var announced: [InvocationID] { latest.withLock { $0 } }

    /// Counts these among those under way, in place of those before.
    func announce(_ ids: [InvocationID]) {
        let before = latest.withLock { latest in
            defer { latest = ids }
            return latest
        }
        flight.remove(before)
        flight.add(ids)
    }
}
