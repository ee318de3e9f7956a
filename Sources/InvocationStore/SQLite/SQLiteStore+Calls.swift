internal import FunctionModel
internal import NIOCore

extension SQLiteStore {
    func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool
    ) async throws(StoreError) -> [EnqueueVerdict] {
        let bytes = invocations.reduce(0) { $0 + $1.body.readableBytes + 512 }
        return try await write(bytes: bytes) {
            try $0.enqueue(invocations, bounds: bounds, allOrNone: allOrNone)
        }
    }

    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimReport {
        // What has begun is nobody's to claim, wherever it is.
        try await write(turn: .beside) { try $0.claim(request) }
    }

    func renew(
        _ lease: Lease,
        for duration: Duration
    ) async throws(StoreError) -> RenewedLease {
        try await write { try $0.renew(lease, for: duration) }
    }

    func settle(_ lease: Lease, _ settlement: Settlement) async throws(StoreError) {
        try await write { try $0.settle(lease, settlement) }
    }

    func release(_ lease: Lease, _ release: Release) async throws(StoreError) {
        try await write { try $0.release(lease, release) }
    }

    func conclude(_ ends: [LeaseEnd]) async throws(StoreError) -> [StoreError?] {
        // Of no weight: what has run is kept by whoever ran it until it is taken.
        try await write(turn: .beside) { try $0.conclude(ends) }
    }

    func observeEnds(_ observer: @escaping EndObserver) { commits.observeEnds(observer) }

    func setTaker(_ taker: any ReadyTaker) { commits.setTaker(taker) }

    func recover(holder: String) async throws(StoreError) -> Int {
        try await write { try $0.recover(holder: holder) }
    }

    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict {
        try await write { try $0.cancel(id) }
    }

    func stored(_ id: InvocationID) async throws(StoreError) -> StoredInvocation? {
        try await read { try $0.stored(id) }
    }

    func depths() async throws(StoreError) -> [FunctionName: QueueDepth] {
        let depths = try await write { $0.books.depths }
        var named: [FunctionName: QueueDepth] = [:]
        for (function, depth) in depths {
            do { named[try FunctionName(function)] = depth } catch { continue }
        }
        return named
    }

    func deadLetters(
        function: FunctionName?,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<DeadLetter> {
        try await read { try $0.deadLetters(function: function, after: after, limit: limit) }
    }

    func deadLetter(_ id: InvocationID) async throws(StoreError) -> DeadLetter? {
        try await read { try $0.deadLetter(id) }
    }

    func redrive(
        _ selection: DeadLetterSelection,
        _ redrive: Redrive
    ) async throws(StoreError) -> Int {
        try await write { try $0.redrive(selection, redrive) }
    }

    func purge(
        _ selection: DeadLetterSelection,
        limit: Int
    ) async throws(StoreError) -> Int {
        try await write { try $0.purge(selection, limit: limit) }
    }

    func archive(_ records: [InvocationRecord]) async throws(StoreError) {
        try await write { session in
            for record in records { try session.archive(record) }
        }
    }

    func records(
        _ query: RecordQuery
    ) async throws(StoreError) -> Page<InvocationRecord> {
        try await read { try $0.records(query) }
    }

    func records(of id: InvocationID) async throws(StoreError) -> [InvocationRecord] {
        try await read { try $0.records(of: id) }
    }

    func sweep(_ policy: RetentionPolicy) async throws(StoreError) -> SweepReport {
        try await write { try $0.sweep(policy) }
    }
}
