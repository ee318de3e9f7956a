import FunctionModel
import GRDBSQLite

/// SQLite without anything around it: one thread, prepared statements, the store's own tables.
///
/// The floor that the store is measured against.
final class RawSQLite {
    private var database: OpaquePointer?
    private var entry: OpaquePointer?
    private var payload: OpaquePointer?

    init(path: String) {
        check(sqlite3_open(path, &database), SQLITE_OK)
        for pragma in ["synchronous = full", "wal_autocheckpoint = 4000"] {
            check(sqlite3_exec(database, "pragma \(pragma)", nil, nil, nil), SQLITE_OK)
        }
        entry = prepare(
            """
            insert into entries (id, function, orderingKey, priority, received, phase, attempt,
                attemptLimit, token, due, expires, holder, isCancelRequested, reason, error, digest,
                seal) values (?, ?, null, 0, ?, 0, 0, 3, 0, ?, ?, '', 0, null, null, ?, ?)
            """
        )
        payload = prepare(
            """
            insert into payloads (sequence, trigger, contentType, trace, depth, envelope, body)
            values (?, 'queue', '', ?, 0, null, ?)
            """
        )
    }

    deinit {
        sqlite3_finalize(entry)
        sqlite3_finalize(payload)
        sqlite3_close(database)
    }

    /// One commit that queues so many.
    func commit(_ count: Int, body: [UInt8]) {
        check(sqlite3_exec(database, "begin immediate", nil, nil, nil), SQLITE_OK)
        for _ in 0..<count { insert(body) }
        check(sqlite3_exec(database, "commit", nil, nil, nil), SQLITE_OK)
    }

    private func insert(_ body: [UInt8]) {
        let words = InvocationID().words
        let id = withUnsafeBytes(of: (words.high.bigEndian, words.low.bigEndian)) { [UInt8]($0) }
        let time = Int64.random(in: 1_700_000_000_000_000_000...1_800_000_000_000_000_000)
        bind(entry, 1, id)
        sqlite3_bind_text(entry, 2, "bench.function", -1, transient)
        for column in 3...5 { sqlite3_bind_int64(entry, Int32(column), time) }
        sqlite3_bind_int64(entry, 6, time)
        sqlite3_bind_int64(entry, 7, time)
        check(sqlite3_step(entry), SQLITE_DONE)
        sqlite3_reset(entry)
        sqlite3_bind_int64(payload, 1, sqlite3_last_insert_rowid(database))
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        sqlite3_bind_text(payload, 2, trace, -1, transient)
        bind(payload, 3, body)
        check(sqlite3_step(payload), SQLITE_DONE)
        sqlite3_reset(payload)
    }

    private func bind(_ statement: OpaquePointer?, _ column: Int32, _ bytes: [UInt8]) {
        sqlite3_bind_blob(statement, column, bytes, Int32(bytes.count), transient)
    }

    private func prepare(_ sql: String) -> OpaquePointer? {
        var statement: OpaquePointer?
        check(sqlite3_prepare_v2(database, sql, -1, &statement, nil), SQLITE_OK)
        return statement
    }

    private func check(_ code: Int32, _ wanted: Int32) {
        precondition(code == wanted, "SQLite said \(code)")
    }

    /// Lets SQLite copy what is bound.
    private var transient: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}
