internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

#if canImport(Glibc)
internal import Glibc
#endif

extension SQLiteStore {
    /// How many rows are checked with one look at the database, so that a long check holds up no
    /// checkpoint.
    private static let batch = 500
    private static let mostFindings = 100

    func backup(to path: String) async throws(StoreError) {
        do {
            // On a reader's thread and from one moment: commits go on meanwhile.
            try await pool.read { try Self.copy($0, to: path) }
        } catch { throw StoreError(error) }
    }

    /// Moves what is in the log into the file, as far as readers let it.
    func checkpoint() async throws(StoreError) {
        try await checkpointer?.move()
    }

    func damage(pauses: Int) async throws(StoreError) -> [String] {
        var findings = try await read { session in
            try String.fetchAll(
                session.database,
                sql: "pragma integrity_check(\(Self.mostFindings))"
            )
        }.filter { $0 != "ok" }
        // Beyond damaged pages a walk through the rows would only repeat it, or not end.
        guard findings.isEmpty else { return findings }
        // Where a host has ended meanwhile: one that runs has just put them in their places.
        let lost = try await read { try BegunTick.all($0.database).damaged }
        if lost > 0 { findings.append("\(lost) ticks that had begun are damaged") }
        try await walk(from: Data(), pauses, &findings) { session, start in
            try session.damagedResults(after: start, limit: Self.batch)
        }
        try await walk(from: ["", "", ""], pauses, &findings) { session, start in
            try session.damagedKeys(after: start, limit: Self.batch)
        }
        try await walk(from: FileRow.Damaged.beforeAll, pauses, &findings) { session, start in
            try session.damagedFiles(after: start, limit: Self.batch)
        }
        for check in RowCheck.all {
            try await walk(from: 0, pauses, &findings) { session, start in
                try check.run(session, after: start, limit: Self.batch)
            }
        }
        return findings
    }

    /// Looks at the rows of one kind, a part at a time, each part from where the one before ended.
    private func walk<Place: Sendable>(
        from first: Place,
        _ pauses: Int,
        _ findings: inout [String],
        _ look:
            @escaping @Sendable (borrowing Session, Place) throws -> (
                findings: [String], next: Place?
            )
    ) async throws(StoreError) {
        var place = first
        while findings.count < Self.mostFindings {
            let start = place
            let part = try await step(pauses) { try look($0, start) }
            findings += part.findings
            guard let next = part.next else { return }
            place = next
        }
    }

    private func step<Value: Sendable>(
        _ pauses: Int,
        _ body: @escaping @Sendable (borrowing Session) throws -> Value
    ) async throws(StoreError) -> Value {
        let begin = ContinuousClock.now
        let value = try await read(body)
        guard pauses > 0 else { return value }
        do { try await Task.sleep(for: (ContinuousClock.now - begin) * pauses) } catch {
            throw .unavailable("the look for damage was called off")
        }
        return value
    }

    func close() async throws(StoreError) {
        do {
            if let checkpointer {
                try await pool.writeWithoutTransaction { database in
                    try checkpointer.close(database)
                    // So that one file is left, without a log beside it.
                    _ = try database.checkpoint(.truncate)
                }
            }
            try pool.close()
        } catch { throw StoreError(error) }
    }

    private static func copy(_ database: Database, to path: String) throws {
        let part = path + ".part"
        // What was left there is nobody's copy, and is never followed elsewhere.
        guard unlink(part) == 0 || errno == ENOENT else {
            throw StoreError.unavailable(
                "\(part) is in the way and can't be removed (error \(errno))"
            )
        }
        try PrivateFile.make(part)
        let copy = try DatabaseQueue(path: part)
        try copy.writeWithoutTransaction { target in
            try database.backup(to: target)
            // A copy is one file: it must not need a log beside it.
            try target.execute(sql: "pragma journal_mode = delete")
        }
        try copy.close()
        guard rename(part, path) == 0 else {
            throw StoreError.unavailable("\(path) can't be written (error \(errno))")
        }
    }
}

/// A walk through one table that compares every row with its checksum.
private struct RowCheck: Sendable {
    var table: String
    /// Reads one row and throws `corrupt` when it is damaged.
    var check: @Sendable (borrowing Session, Row) throws -> Void

    static let all = [
        RowCheck(table: "entries") { session, row in
            let place: Int64 = try row.value("place")
            guard let entry = try EntryRow.fetch(session.database, at: place)?.checked() else {
                return
            }
            let isKept = ![.succeeded, .cancelled].contains(entry.delivery.phase)
            if isKept { _ = try Payload.fetch(session.database, of: entry) }
        },
        RowCheck(table: "records") { _, row in _ = try RecordRow(row).record(isWhole: true) },
        RowCheck(table: "state") { session, row in try session.check(state: row) },
        RowCheck(table: "schedules") { session, row in
            try ScheduleRow.check(session.database, at: try row.value("place"))
        },
        RowCheck(table: "ticks") { session, row in
            try TickRow.check(session.database, at: try row.value("place"))
        },
    ]

    func run(
        _ session: borrowing Session,
        after start: Int64,
        limit: Int
    ) throws -> (findings: [String], next: Int64?) {
        let rows = try session.database.rows(
            "select rowid as place, * from \(table) where rowid > ? order by rowid limit ?",
            [start, limit]
        )
        var findings: [String] = []
        for row in rows {
            do { try check(session, row) } catch let error where !(error is DatabaseError) {
                findings.append("\(error)")
            }
        }
        return (findings, rows.count == limit ? try rows.last?.value("place") : nil)
    }
}
