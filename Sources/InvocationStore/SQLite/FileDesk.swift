internal import FunctionModel
internal import GRDB

/// The rows of a watch that one transaction reads and changes: each is read once, and written once
/// however often it changes.
struct FileDesk {
    private let database: Database
    private let watch: Int64
    private var rows: [FilePath: FileRow?] = [:]
    private var changed: Set<FilePath> = []

    init(_ database: Database, _ watch: Int64) {
        self.database = database
        self.watch = watch
    }

    /// What is kept of a file; `nil` for nothing.
    mutating func row(at path: FilePath) throws -> FileRow? {
        if let known = rows[path] { return known }
        let row = try FileRow.fetch(database, watch, path)
        rows[path] = .some(row)
        return row
    }

    /// Keeps a row that was read here before.
    mutating func put(_ row: FileRow) {
        guard rows[row.path] != .some(row) else { return }
        rows[row.path] = row
        changed.insert(row.path)
    }

    /// Writes what has changed.
    func store() throws {
        for path in changed { try (rows[path] ?? nil)?.store(database, watch) }
    }
}
