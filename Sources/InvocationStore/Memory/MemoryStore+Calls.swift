internal import FunctionModel

extension MemoryStore {
    func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool
    ) async throws(StoreError) -> [EnqueueVerdict] {
        try with { state, now throws(StoreError) in
            try state.enqueue(invocations, bounds: bounds, allOrNone: allOrNone, now: now)
        }
    }

    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimReport {
        try with { state, now throws(StoreError) in
            try state.claim(request, now: now)
        }
    }

    func renew(
        _ lease: Lease,
        for duration: Duration
    ) async throws(StoreError) -> RenewedLease {
        try with { state, now throws(StoreError) in
            try state.renew(lease, for: duration, now: now)
        }
    }

    func settle(_ lease: Lease, _ settlement: Settlement) async throws(StoreError) {
        try with { state, now throws(StoreError) in
            try state.settle(lease, settlement, now: now)
        }
    }

    func release(_ lease: Lease, _ release: Release) async throws(StoreError) {
        try with { state, now throws(StoreError) in
            try state.release(lease, release, now: now)
        }
    }

    func recover(holder: String) async throws(StoreError) -> Int {
        try with { state, now throws(StoreError) in
            try state.recover(holder: holder, now: now)
        }
    }

    func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict {
        try with { state, now throws(StoreError) in
            try state.cancel(id, now: now)
        }
    }

    func stored(_ id: InvocationID) async throws(StoreError) -> StoredInvocation? {
        try with { state, now in
            state.stored(id, now: now)
        }
    }

    func depths() async throws(StoreError) -> [FunctionName: QueueDepth] {
        try with { state, _ in state.shelf.depths }
    }

    func deadLetters(
        function: FunctionName?,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<DeadLetter> {
        try with { state, _ in
            state.deadLetters(function: function, after: after, limit: limit)
        }
    }

    func deadLetter(_ id: InvocationID) async throws(StoreError) -> DeadLetter? {
        try with { state, _ in
            state.deadLetter(id)
        }
    }

    func redrive(
        _ selection: DeadLetterSelection,
        _ redrive: Redrive
    ) async throws(StoreError) -> Int {
        try with { state, now throws(StoreError) in
            try state.redrive(selection, redrive, now: now)
        }
    }

    func purge(
        _ selection: DeadLetterSelection,
        limit: Int
    ) async throws(StoreError) -> Int {
        try with { state, _ in
            state.purge(selection, limit: limit)
        }
    }

    func archive(_ records: [InvocationRecord]) async throws(StoreError) {
        try with { state, _ in
            for record in records { state.archive(record) }
        }
    }

    func records(
        _ query: RecordQuery
    ) async throws(StoreError) -> Page<InvocationRecord> {
        try with { state, _ in
            state.records(query)
        }
    }

    func records(of id: InvocationID) async throws(StoreError) -> [InvocationRecord] {
        try with { state, _ in
            state.records(of: id)
        }
    }

    func sweep(_ policy: RetentionPolicy) async throws(StoreError) -> SweepReport {
        try with { state, now throws(StoreError) in
            try state.sweep(policy, now: now)
        }
    }
}
