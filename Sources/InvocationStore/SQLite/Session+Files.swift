internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

/// The files of watched directories.
extension Session {
    /// The number of a watch; a new one begins empty.
    mutating func openWatch(_ function: String, _ directory: [UInt8]) throws -> Int64 {
        books.hasFiles = true
        let known = try database.number(
            "select id from fileWatches where function = ? and directory = ?",
            [function, Data(directory)]
        )
        if let known { return known }
        try database.run(
            "insert into fileWatches (function, directory) values (?, ?)",
            [function, Data(directory)]
        )
        return database.lastInsertedRowID
    }

    /// All watches.
    func watches() throws -> [FileWatch] {
        let statement = try QuickStatement(
            database,
            "select id, function, directory from fileWatches order by id"
        )
        return try statement.rows { row in
            let (id, text) = (try row.number(0), try row.text(1))
            let function: FunctionName
            do { function = try FunctionName(text) } catch {
                throw StoreError.corrupt("a watch's function")
            }
            let directory = [UInt8](try row.data(2))
            return FileWatch(id: id, function: function, directory: directory)
        }
    }

    /// Reads files, has it decided what becomes of them, and takes that in.
    mutating func decide<Rest>(
        on paths: [FilePath],
        _ watch: Int64,
        _ bounds: QueueBounds,
        _ decide: ([FileRow?]) -> FileDecision<Rest>
    ) throws -> (rest: Rest, verdicts: [EnqueueVerdict]) {
        var desk = FileDesk(database, watch)
        let decision = decide(try paths.map { try desk.row(at: $0) })
        let verdicts = try apply(decision.changes, decision.batches, &desk, bounds)
        return (decision.rest, verdicts)
    }

    /// Takes changes in and queues invocations.
    mutating func apply(
        _ changes: [FileChange],
        _ batches: [FileBatch],
        _ watch: Int64,
        _ bounds: QueueBounds
    ) throws -> [EnqueueVerdict] {
        var desk = FileDesk(database, watch)
        return try apply(changes, batches, &desk, bounds)
    }

    private mutating func apply(
        _ changes: [FileChange],
        _ batches: [FileBatch],
        _ desk: inout FileDesk,
        _ bounds: QueueBounds
    ) throws -> [EnqueueVerdict] {
        for batch in batches { try StoreBounds.check(batch.invocation) }
        for change in changes {
            guard let row = change.applied(to: try desk.row(at: change.path), now: now) else {
                continue
            }
            desk.put(row)
        }
        var share = shareOfFiles(batches)
        let verdicts = try batches.map { try queue($0, &desk, bounds, &share) }
        took(share)
        try desk.store()
        return verdicts
    }

    /// What batches may claim at once: all that there is room for, unless others are before them.
    private mutating func shareOfFiles(_ batches: [FileBatch]) -> TickShare {
        guard isAlone, taken == nil, let function = batches.first?.invocation.function,
            (books.depths[function.description]?.waiting ?? 0) == 0,
            // One more than there are: a claim that isn't full leaves nothing behind.
            let request = taker?.wish(for: [function], upTo: batches.count + 1)
        else { return TickShare() }
        return TickShare(request, [function: batches.count], &books.fairShare)
    }

    private mutating func queue(
        _ batch: FileBatch,
        _ desk: inout FileDesk,
        _ bounds: QueueBounds,
        _ share: inout TickShare
    ) throws -> EnqueueVerdict {
        var rows: [FileRow] = []
        for (path, generation) in batch.files {
            guard let row = try desk.row(at: path), row.state == .pending,
                row.generation == generation
            else { return .withheld }
            rows.append(row)
        }
        let verdict = try enqueue(batch.invocation, bounds: bounds, &share)
        let id: InvocationID
        switch verdict {
        case .accepted: id = batch.invocation.id
        case .joined(let known), .mismatch(let known): id = known
        case .queueFull, .withheld: return verdict
        }
        for var row in rows {
            row.queue(id, batch.action)
            desk.put(row)
        }
        return verdict
    }

    /// Tells the files of an invocation that it has ended for good.
    func endFiles(of end: StoredEnd) throws {
        guard books.hasFiles else { return }
        do {
            for (watch, found) in try inHand(of: end.id) {
                var row = found
                row.end(end.end, now: now)
                try row.store(database, watch)
            }
        } catch StoreError.corrupt {
            // The end counts all the same; what is damaged is found by whoever reads the file's row.
        }
    }

    /// The files that an invocation was made for, with their watches.
    func inHand(of id: InvocationID) throws -> [(watch: Int64, row: FileRow)] {
        var watches = try QuickStatement(
            database,
            "select distinct watch from files where invocation = ? and state in (2, 4)"
        )
        watches.bind(id)
        return try watches.rows { try $0.number(0) }.flatMap { watch in
            try FileRow.fetch(
                database,
                where: "invocation = ? and state in (2, 4) and watch = ? order by rank"
            ) {
                $0.bind(id)
                $0.bind(watch)
            }.map { (watch, $0) }
        }
    }

    /// Reads some files in their order, and tells which are damaged.
    func damagedFiles(
        after start: FileRow.Damaged,
        limit: Int
    ) throws -> (findings: [String], next: FileRow.Damaged?) {
        let condition =
            "(watch, directory, name) > (?, ?, ?) order by watch, directory, name limit ?"
        let found = try FileRow.find(database, where: condition) {
            $0.bind(start)
            $0.bind(limit)
        }
        let findings = found.damaged.map(\.finding)
        return (findings, found.count == limit ? found.last : nil)
    }

    /// Forgets damaged rows, and returns how many: their files count as never seen.
    func forget(_ damaged: [FileRow.Damaged]) throws -> Int {
        var count = 0
        for place in damaged {
            var statement = try QuickStatement(
                database,
                """
                delete from files where watch = ? and directory = ? and name = ? and digest = ?
                """
            )
            statement.bind(place)
            statement.bind(place.digest)
            try statement.run()
            count += database.changesCount
        }
        return count
    }

    /// Forgets what has long been gone.
    func forgetFiles(_ instant: WallTime, _ limit: Int) throws -> Int {
        try database.run(
            """
            delete from files where (watch, directory, name) in (
                select watch, directory, name from files
                where isPresent = 0 and goneSince <= ? and (ended is null or ended <= ?)
                    and state in (3, 4, 6) limit ?)
            """,
            [instant.nanoseconds, instant.nanoseconds, limit]
        )
        return database.changesCount
    }
}
