internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data

/// The index of watched directories.
extension SQLiteStore {
    func openWatch(
        of function: FunctionName,
        on directory: [UInt8]
    ) async throws(StoreError) -> FileWatch {
        let id = try await write { try $0.openWatch(function.description, directory) }
        return FileWatch(id: id, function: function, directory: directory)
    }

    func watches() async throws(StoreError) -> [FileWatch] { try await read { try $0.watches() } }

    func files(
        at paths: [FilePath],
        in watch: Int64
    ) async throws(StoreError) -> [FileRow?] {
        try await read { session in
            try paths.map { try FileRow.fetch(session.database, watch, $0) }
        }
    }

    func files(
        inDirectory directory: [UInt8],
        of watch: Int64,
        after name: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [FileRow] {
        try await page { session in
            try FileRow.find(
                session.database,
                where: "watch = ? and directory = ? and name > ? order by name limit ?"
            ) {
                $0.bind(watch)
                $0.bind(Data(directory))
                $0.bind(Data(name ?? []))
                $0.bind(limit)
            }
        }
    }

    func directories(
        below directory: [UInt8],
        of watch: Int64,
        after: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [[UInt8]] {
        try await read { session in
            var found: [[UInt8]] = []
            var next = after
            // One step of the index for each directory, however many files it has.
            while found.count < limit {
                var statement = try QuickStatement(
                    session.database,
                    """
                    select directory from files where watch = ? and directory \
                    \(next == nil ? ">=" : ">") ? order by directory limit 1
                    """
                )
                statement.bind(watch)
                statement.bind(Data(next ?? directory))
                guard let one = try statement.rows({ [UInt8](try $0.data(0)) }).first,
                    directory.isEmpty || one.starts(with: directory)
                else { return found }
                next = one
                if one.isBelow(directory) { found.append(one) }
            }
            return found
        }
    }

    func files(_ query: FileQuery) async throws(StoreError) -> [FileRow] {
        try await page { session in
            let state = query.state.map { "state = \($0.rawValue) and " } ?? ""
            let order = query.state == .pending ? "rank, directory, name" : "directory, name"
            let place = query.after == nil ? "" : " and (directory, name) > (?, ?)"
            return try FileRow.find(
                session.database,
                where: "\(state)watch = ?\(place) order by \(order) limit ?"
            ) {
                $0.bind(query.watch)
                if let after = query.after {
                    $0.bind(Data(after.directory))
                    $0.bind(Data(after.name))
                }
                $0.bind(query.limit)
            }
        }
    }

    /// Reads a page of rows.
    ///
    /// Damaged ones are forgotten first: who asks for a page takes a short one for
    /// the last, and a file of which nothing is known is found again.
    private func page(
        _ body: @escaping @Sendable (borrowing Session) throws -> FileRow.Found
    ) async throws(StoreError) -> [FileRow] {
        while true {
            let found = try await read(body)
            guard !found.damaged.isEmpty else { return found.rows }
            guard try await write({ try $0.forget(found.damaged) }) > 0 else {
                throw .corrupt("the index of files")
            }
        }
    }

    func files(
        of invocation: InvocationID
    ) async throws(StoreError) -> [(watch: Int64, row: FileRow)] {
        try await read { try $0.inHand(of: invocation) }
    }

    func fileCounts(of watch: Int64) async throws(StoreError) -> [FileRow.State: Int] {
        try await read { session in
            var statement = try QuickStatement(
                session.database,
                "select state, count(*) from files where watch = ? group by state"
            )
            statement.bind(watch)
            var counts: [FileRow.State: Int] = [:]
            for (state, count) in try statement.rows({ (try $0.number(0), try $0.number(1)) }) {
                guard let state = FileRow.State(rawValue: Int(state)) else { continue }
                counts[state] = Int(count)
            }
            return counts
        }
    }

    func apply(
        _ changes: [FileChange],
        queueing batches: [FileBatch],
        in watch: Int64,
        bounds: QueueBounds
    ) async throws(StoreError) -> [EnqueueVerdict] {
        let bytes = batches.reduce(changes.count * 128) {
            $0 + $1.invocation.body.readableBytes
        }
        return try await write(bytes: bytes) { try $0.apply(changes, batches, watch, bounds) }
    }

    func decide<Rest: Sendable>(
        on paths: [FilePath],
        in watch: Int64,
        bounds: QueueBounds,
        isPrompt: Bool,
        _ decide: @escaping @Sendable ([FileRow?]) -> FileDecision<Rest>
    ) async throws(StoreError) -> (rest: Rest, verdicts: [EnqueueVerdict]) {
        try await write(bytes: paths.count * 256, turn: isPrompt ? .prompt : .ordinary) {
            try $0.decide(on: paths, watch, bounds, decide)
        }
    }

    func forgetFiles(
        goneSince instant: WallTime,
        limit: Int
    ) async throws(StoreError) -> Int {
        try await write { try $0.forgetFiles(instant, limit) }
    }
}

extension [UInt8] {
    /// Whether a directory is another one or lies below it.
    func isBelow(_ other: [UInt8]) -> Bool {
        other.isEmpty || self == other
            || count > other.count && starts(with: other) && self[other.count] == UInt8(ascii: "/")
    }
}
