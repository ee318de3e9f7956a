import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

@testable import TriggerFiles

struct FlightTests {
    private static let bounds = QueueBounds()

    /// Two files that are queued.
    private func queued() async throws -> (store: any DurableStore, watch: Int64) {
        let store = Stores.memory { WallTime(seconds: 1) }
        let watch = try await store.openWatch(of: .sample, on: Array("/in".utf8)).id
        for number in 1...2 {
            let path = FilePath(Array("\(number)".utf8))
            let facts = FileFacts(device: 1, inode: 1, size: 1, modified: 1, changed: 1)
            let invocation = QueuedInvocation(function: .sample, trigger: .file)
            _ = try await store.apply(
                [FileChange(path, .event(.added), facts: facts)],
                queueing: [FileBatch([(path, 1)], invocation, .leave)],
                in: watch,
                bounds: Self.bounds
            )
        }
        return (store, watch)
    }

    private func endOne(_ store: any DurableStore) async throws {
        let allowance = ClaimAllowance(count: 1, lease: .seconds(60))
        let request = ClaimRequest(holder: "test", limit: 1, allowances: [.sample: allowance])
        let claimed = try #require(try await store.claim(request).claimed.first)
        let result = InvocationResult(outcome: .succeeded)
        try await store.settle(claimed.lease, Settlement(.succeeded, result: result))
    }

    @Test func countsWhatWasQueuedBefore() async throws {
        let (store, watch) = try await queued()
        let flight = Flight()
        try await flight.resume(watch, in: store)
        #expect(flight.count == 2)
        store.observeEnds { ends in #expect(flight.end(ends.map(\.id))) }
        try await endOne(store)
        #expect(flight.count == 1)
        #expect(flight.takeEnded())
    }

    /// It would count as under way for ever.
    @Test func countsNothingThatEndsWhileItIsRead() async throws {
        let (store, watch) = try await queued()
        let flight = Flight()
        store.observeEnds { _ = flight.end($0.map(\.id)) }
        let index = IndexWithPause(store: store) {
            do { try await endOne(store) } catch { Issue.record(error) }
        }
        try await flight.resume(watch, in: index)
        #expect(flight.count == 1)
    }
}

/// An index where something happens between the reading of a list and its arrival.
private struct IndexWithPause: FileIndex {
    let store: any FileIndex
    let pause: @Sendable () async -> Void

    func files(_ query: FileQuery) async throws(StoreError) -> [FileRow] {
        let rows = try await store.files(query)
        await pause()
        return rows
    }

    func files(at paths: [FilePath], in watch: Int64) async throws(StoreError) -> [FileRow?] {
        try await store.files(at: paths, in: watch)
    }

    func openWatch(
        of function: FunctionName,
        on directory: [UInt8]
    ) async throws(StoreError) -> FileWatch {
        try await store.openWatch(of: function, on: directory)
    }

    func watches() async throws(StoreError) -> [FileWatch] { try await store.watches() }

    func files(
        inDirectory directory: [UInt8],
        of watch: Int64,
        after name: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [FileRow] {
        try await store.files(inDirectory: directory, of: watch, after: name, limit: limit)
    }

    func directories(
        below directory: [UInt8],
        of watch: Int64,
        after: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [[UInt8]] {
        try await store.directories(below: directory, of: watch, after: after, limit: limit)
    }

    func files(
        of invocation: InvocationID
    ) async throws(StoreError) -> [(watch: Int64, row: FileRow)] {
        try await store.files(of: invocation)
    }

    func fileCounts(of watch: Int64) async throws(StoreError) -> [FileRow.State: Int] {
        try await store.fileCounts(of: watch)
    }

    func apply(
        _ changes: [FileChange],
        queueing batches: [FileBatch],
        in watch: Int64,
        bounds: QueueBounds
    ) async throws(StoreError) -> [EnqueueVerdict] {
        try await store.apply(changes, queueing: batches, in: watch, bounds: bounds)
    }

    func decide<Rest: Sendable>(
        on paths: [FilePath],
        in watch: Int64,
        bounds: QueueBounds,
        isPrompt: Bool,
        _ decide: @escaping @Sendable ([FileRow?]) -> FileDecision<Rest>
    ) async throws(StoreError) -> (rest: Rest, verdicts: [EnqueueVerdict]) {
        try await store.decide(on: paths, in: watch, bounds: bounds, isPrompt: isPrompt, decide)
    }

    func forgetFiles(
        goneSince instant: WallTime,
        limit: Int
    ) async throws(StoreError) -> Int {
        try await store.forgetFiles(goneSince: instant, limit: limit)
    }
}
