internal import FunctionModel
internal import GRDB

internal import class Foundation.FileHandle

/// What must hold before a file is used.
enum Opening {
    /// `PRAGMA synchronous` reads this where every commit waits for the disk.
    private static let full = 2

    /// Opens the file, brings its tables up to date and checks what the store relies on.
    static func open(_ path: String) throws -> DatabasePool {
        PrivateFile.protect(path)
        let pool = try DatabasePool(path: path, configuration: configuration())
        try checkOwner(pool, path)
        try pool.writeWithoutTransaction { database in
            // The pool resets this after its own configuration, so it is set, and read, last.
            try database.execute(sql: "pragma synchronous = full")
            try database.execute(sql: "pragma journal_size_limit = 67108864")
            let synchronous = try Int.fetchOne(database, sql: "pragma synchronous")
            let journal = try String.fetchOne(database, sql: "pragma journal_mode")
            guard synchronous == full, journal == "wal" else {
                throw StoreError.unusable(
                    "\(path): commits wouldn't be durable (journal \(journal ?? "unknown"), "
                        + "synchronous \(synchronous ?? -1)): use a local file system"
                )
            }
        }
        try Schema.migrator.migrate(pool)
        try pool.write { database in
            try database.execute(sql: "pragma application_id = \(Schema.applicationID)")
        }
        return pool
    }

    /// Opens a file to be read and never written, whoever else uses it.
    static func openForReading(_ path: String) throws -> DatabasePool {
        var configuration = configuration()
        configuration.readonly = true
        let pool = try DatabasePool(path: path, configuration: configuration)
        try checkOwner(pool, path)
        guard try pool.read(Schema.migrator.hasCompletedMigrations) else {
            throw StoreError.unusable(
                "\(path) was written by an older version: a start of the host brings it up to date"
            )
        }
        return pool
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "roost.store"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "pragma cell_size_check = true")
        }
        return configuration
    }

    private static func checkOwner(_ pool: DatabasePool, _ path: String) throws {
        let (owner, tables, isNewer) = try pool.read { database in
            (
                try Int.fetchOne(database, sql: "pragma application_id") ?? 0,
                try Int.fetchOne(database, sql: "select count(*) from sqlite_schema") ?? 0,
                try Schema.migrator.hasBeenSuperseded(database)
            )
        }
        guard owner == Schema.applicationID || owner == 0 && tables == 0 else {
            throw StoreError.unusable(
                "\(path) is a database of another program: choose another file"
            )
        }
        guard !isNewer else {
            throw StoreError.unusable("\(path) was written by a newer version: run that one")
        }
    }
}

/// The beginning of the file, checked before SQLite would take a damaged one for an empty one.
enum FileHeader {
    private static let magic = Array("SQLite format 3\0".utf8)
    private static let size = 100

    /// Passes a file that doesn't exist, is empty, or begins as a database does.
    ///
    /// - Throws: `unusable`.
    static func check(_ path: String) throws(StoreError) {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        let bytes: [UInt8]
        do {
            bytes = Array(try file.read(upToCount: size) ?? .init())
            try file.close()
        } catch { throw .unusable("\(path) can't be read: \(error)") }
        guard !bytes.isEmpty else { return }
        guard bytes.count == size, Array(bytes.prefix(magic.count)) == magic else {
            throw .unusable(
                "\(path) doesn't begin as a SQLite database does: restore a backup, or move it away"
            )
        }
    }
}
