internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

/// What migrations do to rows of files.
extension FileRow {
    /// How many rows are read at a time.
    private static let page = 500

    /// Gives every row its checksum; what came later has no column yet.
    static func sealAll(_ database: Database) throws {
        var next = Damaged.beforeAll
        while true {
            // None has its checksum yet.
            var statement = try QuickStatement(
                database,
                """
                select \(firstColumns), null from files where (watch, directory, name) > (?, ?, ?)
                    order by watch, directory, name limit \(page)
                """
            )
            statement.bind(next)
            let rows = try statement.rows { try read($0) }
            for (watch, _, path, row) in rows {
                guard let row else { continue }
                try seal(database, Damaged(watch: watch, path: path, digest: row.digest(in: watch)))
            }
            guard rows.count == page, let last = rows.last else { return }
            next = Damaged(watch: last.watch, path: last.path, digest: 0)
        }
    }

    private static func seal(_ database: Database, _ place: Damaged) throws {
        var statement = try QuickStatement(
            database,
            "update files set digest = ? where watch = ? and directory = ? and name = ?"
        )
        statement.bind(place.digest)
        statement.bind(place)
        try statement.run()
    }

    /// Lets the absence of files begin that are gone: now, for nobody has noted when it did.
    ///
    /// What is damaged stays so.
    static func beginAbsences(_ database: Database, now: WallTime) throws {
        var next = Damaged.beforeAll
        while true {
            let start = next
            let condition = """
                isPresent = 0 and (watch, directory, name) > (?, ?, ?)
                    order by watch, directory, name limit \(page)
                """
            var statement = try QuickStatement(
                database,
                "select \(columns) from files where \(condition)"
            )
            statement.bind(start)
            let rows = try statement.rows { try read($0) }
            for (watch, digest, _, row) in rows {
                guard var row, row.digest(in: watch) == digest else { continue }
                row.goneSince = max(now, row.ended ?? now)
                try row.store(database, watch)
            }
            guard rows.count == page, let last = rows.last else { return }
            next = Damaged(watch: last.watch, path: last.path, digest: 0)
        }
    }
}
