internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

/// Files as rows of the table `files`.
extension FileRow {
    private static let columns = """
        directory, name, device, inode, size, modified, changed, state, kind, isPresent,
        isChangedAgain, generation, rank, invocation, action, succeeded, found, ended, note
        """

    /// The rows of a watch that a condition holds for.
    static func fetch(
        _ database: Database,
        where condition: String,
        _ bind: (inout QuickStatement) -> Void
    ) throws -> [FileRow] {
        let sql = "select \(columns) from files where \(condition)"
        var statement = try QuickStatement(database, sql)
        bind(&statement)
        return try statement.rows { try FileRow($0) }
    }

    /// The row of one file.
    static func fetch(_ database: Database, _ watch: Int64, _ path: FilePath) throws -> FileRow? {
        try fetch(database, where: "watch = ? and directory = ? and name = ?") {
            $0.bind(watch)
            $0.bind(Data(path.directory))
            $0.bind(Data(path.name))
        }.first
    }

    private init(_ row: QuickRow) throws(StoreError) {
        let path = FilePath(directory: [UInt8](try row.data(0)), name: [UInt8](try row.data(1)))
        let facts = FileFacts(
            device: UInt64(bitPattern: try row.number(2)),
            inode: UInt64(bitPattern: try row.number(3)),
            size: try row.number(4),
            modified: try row.number(5),
            changed: try row.number(6)
        )
        self.init(path: path, facts: facts, found: WallTime(nanoseconds: try row.number(16)))
        guard let state = State(rawValue: Int(try row.number(7))),
            let kind = FileChangeKind(rawValue: Int(try row.number(8))),
            let action = FileAction(rawValue: Int(try row.number(14)))
        else { throw .corrupt("a file's state") }
        self.state = state
        self.kind = kind
        self.action = action
        isPresent = try row.number(9) != 0
        isChangedAgain = try row.number(10) != 0
        generation = Int(try row.number(11))
        rank = try row.number(12)
        invocation = try row.optionalID(13)
        succeeded = try row.optionalNumber(15).map { $0 != 0 }
        ended = try row.optionalNumber(17).map { WallTime(nanoseconds: $0) }
        note = try row.text(18)
    }

    /// Writes the row, in place of the one before.
    func store(_ database: Database, _ watch: Int64) throws {
        let sql = """
            insert or replace into files (watch, \(Self.columns))
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        var statement = try QuickStatement(database, sql)
        statement.bind(watch)
        statement.bind(Data(path.directory))
        statement.bind(Data(path.name))
        statement.bind(Int64(bitPattern: facts.device))
        statement.bind(Int64(bitPattern: facts.inode))
        statement.bind(facts.size)
        statement.bind(facts.modified)
        statement.bind(facts.changed)
        statement.bind(state.rawValue)
        statement.bind(kind.rawValue)
        statement.bind(isPresent)
        statement.bind(isChangedAgain)
        statement.bind(generation)
        statement.bind(rank)
        statement.bind(invocation?.data)
        statement.bind(action.rawValue)
        statement.bind(succeeded.map { $0 ? 1 : 0 })
        statement.bind(found.nanoseconds)
        statement.bind(ended.map { Int($0.nanoseconds) })
        statement.bind(note)
        try statement.run()
    }
}
