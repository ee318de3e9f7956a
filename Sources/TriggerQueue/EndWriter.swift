internal import FunctionModel
internal import Synchronization

/// Tells the store of ends in batches: what comes while a batch is on its way goes into the next.
final class EndWriter: Sendable {
    /// One end, and what is to be known when it is stored.
    struct Entry: Sendable {
        var end: LeaseEnd
        /// Whether the store has refused it before: then it goes alone, so that it holds up no
        /// others.
        var isAlone: Bool
    }

    private struct Pending {
        var entries: [Entry] = []
        var isWriting = false
    }

    /// The most that one commit takes.
    private static let batch = 256
    /// The most that results have together in one commit; one goes whatever it has.
    private static let bytes = ByteCount.mebibytes(16).bytes

    private let store: any InvocationQueue
    private let pending = Mutex(Pending())

    init(_ store: any InvocationQueue) { self.store = store }

    /// Stores an end and reports it together with others of its batch; never waits.
    func write(
        _ entry: Entry,
        report: @escaping @Sendable ([Entry], [StoreError?]) -> Void
    ) {
        let isFirst = pending.withLock { pending in
            pending.entries.append(entry)
            defer { pending.isWriting = true }
            return !pending.isWriting
        }
        guard isFirst else { return }
        Task {
            while let batch = take() { report(batch, await conclude(batch)) }
        }
    }

    private func conclude(_ batch: [Entry]) async -> [StoreError?] {
        do {
            Failpoint.settling.pass()
            let verdicts = try await store.conclude(batch.map(\.end))
            Failpoint.settled.pass()
            return verdicts
        } catch {
            return Array(repeating: error, count: batch.count)
        }
    }

    private func take() -> [Entry]? {
        pending.withLock { pending in
            guard let first = pending.entries.first else {
                pending.isWriting = false
                return nil
            }
            var bytes = 0
            let others = pending.entries.prefix(Self.batch).prefix { entry in
                defer { bytes += entry.end.kind.bytes }
                return !entry.isAlone && (bytes == 0 || bytes + entry.end.kind.bytes <= Self.bytes)
            }
            let taken = first.isAlone ? [first] : Array(others)
            pending.entries.removeFirst(taken.count)
            return taken
        }
    }
}
