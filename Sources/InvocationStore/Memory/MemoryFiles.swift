internal import FunctionModel

/// The files of watched directories, as a memory store holds them.
struct MemoryFiles: Sendable {
    private(set) var watches: [FileWatch] = []
    private var rows: [Int64: [FilePath: FileRow]] = [:]
    private var inHand: [InvocationID: [(watch: Int64, path: FilePath)]] = [:]

    mutating func open(_ function: FunctionName, _ directory: [UInt8]) -> FileWatch {
        let known = watches.first { $0.function == function && $0.directory == directory }
        if let known { return known }
        let watch = FileWatch(
            id: Int64(watches.count + 1),
            function: function,
            directory: directory
        )
        watches.append(watch)
        return watch
    }

    func row(_ path: FilePath, _ watch: Int64) -> FileRow? { rows[watch]?[path] }

    /// Those that a condition holds for, by their paths.
    func rows(of watch: Int64, where isWanted: (FileRow) -> Bool) -> [FileRow] {
        (rows[watch] ?? [:]).values.filter(isWanted).sorted { $0.path < $1.path }
    }

    mutating func store(_ row: FileRow, _ watch: Int64) {
        rows[watch, default: [:]][row.path] = row
    }

    mutating func apply(_ change: FileChange, _ watch: Int64, now: WallTime) {
        let before = row(change.path, watch)
        guard let row = change.applied(to: before, now: now) else { return }
        store(row, watch)
    }

    /// The files of a batch, where all still wait as they did when they were read.
    func waiting(_ batch: FileBatch, _ watch: Int64) -> [FileRow]? {
        let rows = batch.files.compactMap { file in
            row(file.path, watch).flatMap {
                $0.state == .pending && $0.generation == file.generation ? $0 : nil
            }
        }
        return rows.count == batch.files.count ? rows : nil
    }

    mutating func queue(
        _ rows: [FileRow],
        _ id: InvocationID,
        _ action: FileAction,
        _ watch: Int64
    ) {
        for var row in rows {
            row.queue(id, action)
            store(row, watch)
            inHand[id, default: []].append((watch, row.path))
        }
    }

    func rows(of id: InvocationID) -> [(watch: Int64, row: FileRow)] {
        (inHand[id] ?? []).compactMap { place in
            guard let row = row(place.path, place.watch), row.invocation == id,
                row.state == .queued || row.state == .failed
            else { return nil }
            return (place.watch, row)
        }
    }

    /// Tells files of the ends of their invocations.
    mutating func end(_ ends: [StoredEnd], now: WallTime) {
        for end in ends {
            for (watch, path) in inHand[end.id] ?? [] {
                guard var row = row(path, watch), row.invocation == end.id else { continue }
                row.end(end.end, now: now)
                store(row, watch)
            }
            // A dead letter may be redriven.
            if case .dead = end.end {} else { inHand[end.id] = nil }
        }
    }

    mutating func forget(goneSince instant: WallTime, limit: Int) -> Int {
        var left = limit
        for watch in rows.keys {
            let old = (rows[watch] ?? [:]).values.filter { row in
                row.goneSince.map { $0 <= instant } == true
                    && row.ended.map { $0 <= instant } ?? true
                    && [.done, .failed, .ignored].contains(row.state)
            }
            for row in old.prefix(left) { rows[watch]?[row.path] = nil }
            left -= min(left, old.count)
        }
        return limit - left
    }
}
