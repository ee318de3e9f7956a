public import FunctionModel
internal import Synchronization

/// Writes records in batches, off the path of whoever ends an invocation.
///
/// What comes while a batch is being written goes into the next one. While the store can't write
/// the latest records wait, up to a bound; older ones are dropped and counted.
public final class RecordWriter: Sendable {
    private struct Waiting {
        var records: [InvocationRecord] = []
        var dropped = 0
    }

    private let archive: any RecordArchive
    private let sampling: @Sendable () -> RecordSampling
    private let capacity: Int
    private let batch: Int
    private let waiting = Mutex(Waiting())
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self,
        bufferingPolicy: .bufferingNewest(1)
    )

    /// Writes to `archive` what `sampling` keeps, `batch` at a time, and lets `capacity` wait.
    public init(
        _ archive: any RecordArchive,
        sampling: @escaping @Sendable () -> RecordSampling = { RecordSampling() },
        capacity: Int = 10_000,
        batch: Int = 500
    ) {
        self.archive = archive
        self.sampling = sampling
        self.capacity = max(1, capacity)
        self.batch = max(1, batch)
    }

    /// Takes a record, if it is one to keep; never waits.
    public func note(_ record: InvocationRecord) {
        guard sampling().keeps(record) else { return }
        waiting.withLock { waiting in
            if waiting.records.count >= capacity {
                // Half at once, so that a long outage doesn't move all for each.
                let surplus = max(1, capacity / 2)
                waiting.records.removeFirst(surplus)
                waiting.dropped += surplus
            }
            waiting.records.append(record)
        }
        signal.yield()
    }

    /// How many records were dropped because the store couldn't keep up.
    public var dropped: Int { waiting.withLock { $0.dropped } }

    /// Writes until the task is cancelled; `flush` writes what is left then.
    public func run() async {
        for await _ in signals { await flush() }
    }

    /// Writes everything that waits; stops at the first batch that the store refuses, which goes on
    /// waiting.
    public func flush() async {
        while let records = take() {
            do { try await archive.archive(records) } catch {
                // It comes with the next record, or is dropped and counted.
                return putBack(records)
            }
        }
    }

    private func take() -> [InvocationRecord]? {
        waiting.withLock { waiting in
            guard !waiting.records.isEmpty else { return nil }
            let taken = Array(waiting.records.prefix(batch))
            waiting.records.removeFirst(taken.count)
            return taken
        }
    }

    private func putBack(_ records: [InvocationRecord]) {
        waiting.withLock { waiting in
            let room = max(0, capacity - waiting.records.count)
            waiting.records.insert(contentsOf: records.suffix(room), at: 0)
            waiting.dropped += max(0, records.count - room)
        }
    }
}
