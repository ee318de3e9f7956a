import FunctionModel
import InvocationStore
import Synchronization
import Testing

struct RecordWriterTests {
    /// Takes batches, or refuses them while it is told to.
    private final class FakeArchive: RecordArchive {
        private let batches = Mutex<[[InvocationRecord]]>([])
        private let refuses = Mutex(false)

        var written: [[InvocationRecord]] { batches.withLock { $0 } }

        func refuse(_ isRefusing: Bool) { refuses.withLock { $0 = isRefusing } }

        func archive(_ records: [InvocationRecord]) async throws(StoreError) {
            if refuses.withLock({ $0 }) { throw .unavailable("full") }
            batches.withLock { $0.append(records) }
        }

        func records(_ query: RecordQuery) async throws(StoreError) -> Page<InvocationRecord> {
            Page([])
        }

        func records(of id: InvocationID) async throws(StoreError) -> [InvocationRecord] { [] }
    }

    private func record(_ number: Int, _ outcome: Outcome = .failed) -> InvocationRecord {
        var record = InvocationRecord(
            id: InvocationID(high: 0, low: UInt64(number)),
            function: .mail,
            trigger: .http,
            attempt: 1,
            version: "",
            received: Double(number)
        )
        record.outcome = outcome
        return record
    }

    @Test func writesInBatchesInOrder() async {
        let archive = FakeArchive()
        let writer = RecordWriter(archive, batch: 4)
        for number in 0..<10 { writer.note(record(number)) }
        await writer.flush()
        #expect(archive.written.map(\.count) == [4, 4, 2])
        #expect(archive.written.flatMap { $0 }.map(\.received) == (0..<10).map(Double.init))
    }

    @Test func keepsWhatTheStoreRefusedAndDropsTheOldest() async {
        let archive = FakeArchive()
        let writer = RecordWriter(archive, capacity: 8, batch: 4)
        archive.refuse(true)
        for number in 0..<8 { writer.note(record(number)) }
        await writer.flush()
        #expect(writer.dropped == 0)
        for number in 8..<12 { writer.note(record(number)) }
        #expect(writer.dropped == 4)
        archive.refuse(false)
        await writer.flush()
        #expect(archive.written.flatMap { $0 }.map(\.received) == (4..<12).map(Double.init))
    }

    @Test func keepsFailuresAndASample() async {
        let archive = FakeArchive()
        let writer = RecordWriter(archive, sampling: { RecordSampling(oneIn: 10) })
        for number in 0..<100 { writer.note(record(number, .succeeded)) }
        for number in 100..<105 { writer.note(record(number, .crashed)) }
        await writer.flush()
        let kept = archive.written.flatMap { $0 }
        #expect(kept.filter { $0.outcome == .succeeded }.count == 10)
        #expect(kept.filter { $0.outcome == .crashed }.count == 5)
    }

    @Test func writesWhileItRuns() async {
        let archive = FakeArchive()
        let writer = RecordWriter(archive)
        let running = Task { await writer.run() }
        writer.note(record(1))
        while archive.written.isEmpty { await Task.yield() }
        running.cancel()
        await running.value
        #expect(archive.written.count == 1)
    }
}
