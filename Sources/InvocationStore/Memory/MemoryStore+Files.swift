internal import FunctionModel

/// The index of watched directories.
extension MemoryStore {
    func openWatch(
        of function: FunctionName,
        on directory: [UInt8]
    ) async throws(StoreError) -> FileWatch {
        try with { state, _ in state.files.open(function, directory) }
    }

    func watches() async throws(StoreError) -> [FileWatch] {
        try with { state, _ in state.files.watches }
    }

    func files(
        at paths: [FilePath],
        in watch: Int64
    ) async throws(StoreError) -> [FileRow?] {
        try with { state, _ in paths.map { state.files.row($0, watch) } }
    }

    func files(
        inDirectory directory: [UInt8],
        of watch: Int64,
        after name: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [FileRow] {
        try with { state, _ in
            let rows = state.files.rows(of: watch) { row in
                row.path.directory == directory
                    && (name ?? []).lexicographicallyPrecedes(row.path.name)
            }
            return Array(rows.prefix(limit))
        }
    }

    func directories(
        below directory: [UInt8],
        of watch: Int64,
        after: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [[UInt8]] {
        try with { state, _ in
            let all = Set(state.files.rows(of: watch) { _ in true }.map(\.path.directory))
            let wanted = all.filter { one in
                one.isBelow(directory) && after.map { $0.lexicographicallyPrecedes(one) } ?? true
            }
            return Array(wanted.sorted { $0.lexicographicallyPrecedes($1) }.prefix(limit))
        }
    }

    func files(_ query: FileQuery) async throws(StoreError) -> [FileRow] {
        try with { state, _ in
            var rows = state.files.rows(of: query.watch) { row in
                (query.state.map { $0 == row.state } ?? true)
                    && (query.after.map { $0 < row.path } ?? true)
            }
            if query.state == .pending {
                rows.sort { ($0.rank, $0.path) < ($1.rank, $1.path) }
            }
            return Array(rows.prefix(query.limit))
        }
    }

    func files(
        of invocation: InvocationID
    ) async throws(StoreError) -> [(watch: Int64, row: FileRow)] {
        try with { state, _ in state.files.rows(of: invocation) }
    }

    func fileCounts(of watch: Int64) async throws(StoreError) -> [FileRow.State: Int] {
        try with { state, _ in
            state.files.rows(of: watch) { _ in true }.reduce(into: [:]) {
                $0[$1.state, default: 0] += 1
            }
        }
    }

    func apply(
        _ changes: [FileChange],
        queueing batches: [FileBatch],
        in watch: Int64,
        bounds: QueueBounds
    ) async throws(StoreError) -> [EnqueueVerdict] {
        try with { state, now throws(StoreError) in
            try state.apply(changes, batches, watch, bounds, now: now)
        }
    }

    func decide<Rest: Sendable>(
        on paths: [FilePath],
        in watch: Int64,
        bounds: QueueBounds,
        isPrompt: Bool,
        _ decide: @escaping @Sendable ([FileRow?]) -> FileDecision<Rest>
    ) async throws(StoreError) -> (rest: Rest, verdicts: [EnqueueVerdict]) {
        try with { state, now throws(StoreError) in
            let decision = decide(paths.map { state.files.row($0, watch) })
            let verdicts = try state.apply(
                decision.changes,
                decision.batches,
                watch,
                bounds,
                now: now
            )
            return (decision.rest, verdicts)
        }
    }

    func forgetFiles(
        goneSince instant: WallTime,
        limit: Int
    ) async throws(StoreError) -> Int {
        try with { state, _ in state.files.forget(goneSince: instant, limit: limit) }
    }
}

extension MemoryState {
    fileprivate mutating func apply(
        _ changes: [FileChange],
        _ batches: [FileBatch],
        _ watch: Int64,
        _ bounds: QueueBounds,
        now: WallTime
    ) throws(StoreError) -> [EnqueueVerdict] {
        for batch in batches { try StoreBounds.check(batch.invocation) }
        for change in changes { files.apply(change, watch, now: now) }
        var verdicts: [EnqueueVerdict] = []
        for batch in batches {
            guard let rows = files.waiting(batch, watch) else {
                verdicts.append(.withheld)
                continue
            }
            let verdict = try enqueue(
                [batch.invocation],
                bounds: bounds,
                allOrNone: false,
                now: now
            ).first
            switch verdict {
            case .accepted: files.queue(rows, batch.invocation.id, batch.action, watch)
            case .joined(let id), .mismatch(let id): files.queue(rows, id, batch.action, watch)
            case .queueFull, .withheld, nil: break
            }
            verdicts.append(verdict ?? .withheld)
        }
        return verdicts
    }
}
