internal import GRDB
internal import GRDBSQLite

/// The log as a connection has it open: what SQLite does with it at each commit, for commits that
/// didn't ask for that.
struct LogFile {
    /// SQLite's files take less than 128 KiB at a time.
    private static let chunk = 64 << 10

    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: sqlite3_io_methods

    /// Finds the log of a connection, which owns it.
    init(of database: Database) throws {
        var found: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(
            database.sqliteConnection,
            "main",
            SQLITE_FCNTL_JOURNAL_POINTER,
            &found
        )
        guard code == SQLITE_OK, let found, let methods = found.pointee.pMethods else {
            throw DatabaseError(resultCode: .SQLITE_IOERR, message: "the log isn't open")
        }
        file = found
        self.methods = methods.pointee
    }

    /// Waits until the disk has all that was written.
    func sync() throws { try check(methods.xSync(file, SQLITE_SYNC_NORMAL), "synced") }

    /// Writes again what it holds.
    func rewrite() throws {
        var size: sqlite3_int64 = 0
        try check(methods.xFileSize(file, &size), "measured")
        var bytes = [UInt8](repeating: 0, count: min(Self.chunk, Int(size)))
        for start in stride(from: 0, to: Int(size), by: Self.chunk) {
            let count = Int32(min(Self.chunk, Int(size) - start))
            try check(methods.xRead(file, &bytes, count, sqlite3_int64(start)), "read")
            try check(methods.xWrite(file, bytes, count, sqlite3_int64(start)), "written")
        }
    }

    private func check(_ code: Int32, _ deed: String) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: "the log can't be \(deed)"
        )
    }
}

extension Database {
    /// Says whether commits return only when the disk has them; not within a transaction.
    func setWaitsForDisk(_ waits: Bool) throws {
        // Through GRDB it would cost several times as much, on the way to a function's start.
        let sql = waits ? "pragma synchronous = full" : "pragma synchronous = normal"
        let code = sqlite3_exec(sqliteConnection, sql, nil, nil, nil)
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: sql)
        }
    }
}
