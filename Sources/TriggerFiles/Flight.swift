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

    /// Adds some; before they are queued, so that no end comes too early.
    func add(_ new: [InvocationID]) { under.withLock { $0.ids.formUnion(new) } }

    /// Takes one out that was not queued after all.
    func remove(_ id: InvocationID) { under.withLock { _ = $0.ids.remove(id) } }

    /// Takes those out that have ended; false when none is of this watch.
    func end(_ ended: [InvocationID]) -> Bool {
        under.withLock { under in
            let count = under.ids.count
            under.ids.subtract(ended)
            guard under.ids.count < count else { return false }
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
