import FunctionModel
import InvocationStore

/// A store where something happens before a watch is opened, or between the reading of a list and its
/// arrival.
struct StoreWithPauses: FileIndex, InvocationQueue {
    let store: any DurableStore
    var beforeOpening: @Sendable ([UInt8]) async -> Void = { _ in }
    var afterListing: @Sendable () async -> Void = {}
    var onFilesOfInvocation: @Sendable () -> Void = {}

    func files(_ query: FileQuery) async throws(StoreError) -> [FileRow] {
        let rows = try await store.files(query)
        await afterListing()
        return rows
    }

    func files(at paths: [FilePath], in watch: Int64) async throws(StoreError) -> [FileRow?] {
        try await store.files(at: paths, in: watch)
    }

    func openWatch(
        of function: FunctionName,
        on directory: [UInt8]
    ) async throws(StoreError) -> FileWatch {
        await beforeOpening(directory)
        return try await store.openWatch(of: function, on: directory)
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
        onFilesOfInvocation()
        return try await store.files(of: invocation)
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

extension StoreWithPauses {
    func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool
    ) async throws(StoreError) -> [EnqueueVerdict] {
        try await store.enqueue(invocations, bounds: bounds, allOrNone: allOrNone)
    }

    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimReport {
        try await store.claim(request)
    }

    func renew(_ lease: Lease, for duration: Duration) async throws(StoreError) -> RenewedLease {
        try await store.renew(lease, for: duration)
    }

    func settle(_ lease: Lease, _ settlement: Settlement) async throws(StoreError) {
        try await store.settle(lease, settlement)
    }

    func release(_ lease: Lease, _ release: Release) async throws(StoreError) {
        try await store.release(lease, release)
    }

    func conclude(_ ends: [LeaseEnd]) async throws(StoreError) -> [StoreError?] {
        try await store.conclude(ends)
    }

    func recover(holder: String) async throws(StoreError) -> Int {
        try await store.recover(holder: holder)
    }

    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict {
        try await store.cancel(id)
    }

    func stored(_ id: InvocationID) async throws(StoreError) -> StoredInvocation? {
        try await store.stored(id)
    }

    func observeEnds(_ observer: @escaping EndObserver) { store.observeEnds(observer) }

    func setTaker(_ taker: any ReadyTaker) { store.setTaker(taker) }

    func depths() async throws(StoreError) -> [FunctionName: QueueDepth] {
        try await store.depths()
    }
}
