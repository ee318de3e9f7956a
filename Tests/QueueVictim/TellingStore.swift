import FunctionModel

/// A store that tells of every settlement that it has made.
struct TellingStore: InvocationQueue {
    let store: any DurableStore

    func conclude(_ ends: [LeaseEnd]) async throws(StoreError) -> [StoreError?] {
        let verdicts = try await store.conclude(ends)
        for (end, verdict) in zip(ends, verdicts) where verdict == nil {
            if case .settle = end.kind { Line.write("end \(end.lease.id)") }
        }
        return verdicts
    }

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
