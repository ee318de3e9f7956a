import FunctionModel
import InvocationStore
import NIOCore
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
        store.observeEnds { ends in #expect(flight.end(ends.map(\.id), isOfFunction: false)) }
        try await endOne(store)
        #expect(flight.count == 1)
        #expect(flight.takeEnded())
    }

    /// It would count as under way for ever.
    @Test func countsNothingThatEndsWhileItIsRead() async throws {
        let (store, watch) = try await queued()
        let flight = Flight()
        store.observeEnds { _ = flight.end($0.map(\.id), isOfFunction: false) }
        var index = StoreWithPauses(store: store)
        index.afterListing = {
            do { try await endOne(store) } catch { Issue.record(error) }
        }
        try await flight.resume(watch, in: index)
        #expect(flight.count == 1)
    }
}
