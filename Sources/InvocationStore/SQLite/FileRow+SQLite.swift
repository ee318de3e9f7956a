internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

/// Files as rows of the table `files`.
extension FileRow {
    /// Those that there were when rows got their checksums.
    static let firstColumns = """
        directory, name, device, inode, size, modified, changed, state, kind, isPresent,
        isChangedAgain, generation, rank, invocation, action, succeeded, found, ended, note, watch,
        digest
        """
    static let columns = firstColumns + ", goneSince"

    /// Rows that a condition holds for.
    struct Found: Sendable {
        /// Those that are as they were written.
        var rows: [FileRow] = []
        /// Where the damaged ones lie; what is kept of such a file counts as nothing.
        var damaged: [Damaged] = []
        /// Where the last of all lies.
        var last: Damaged?
        var count: Int { rows.count + damaged.count }
    }

    /// A damaged row.
    struct Damaged: Sendable {
        var watch: Int64
        var path: FilePath
        var digest: Int64

        /// Where no row lies, and all others come after.
        static let beforeAll = Damaged(watch: .min, path: FilePath(name: []), digest: 0)

        /// What is told of it.
        var finding: String {
            "what is kept of the file '\(path.text)' of the watch \(watch) is damaged"
        }
    }

    /// The rows of a watch that a condition holds for.
    static func find(
        _ database: Database,
        where condition: String,
        _ bind: (inout QuickStatement) -> Void
    ) throws -> Found {
        let sql = "select \(columns) from files where \(condition)"
        var statement = try QuickStatement(database, sql)
        bind(&statement)
        var found = Found()
        for (watch, digest, path, row) in try statement.rows({ try read($0) }) {
            let place = Damaged(watch: watch, path: path, digest: digest)
            found.last = place
            if let row, row.digest(in: watch) == digest {
                found.rows.append(row)
            } else {
                found.damaged.append(place)
            }
        }
        return found
    }

    /// The undamaged rows of a watch that a condition holds for.
    static func fetch(
        _ database: Database,
        where condition: String,
        _ bind: (inout QuickStatement) -> Void
    ) throws -> [FileRow] {
        try find(database, where: condition, bind).rows
    }

    /// A row with its place; `nil` in its stead where it can't be one.
    static func read(
        _ row: QuickRow
    ) throws(StoreError) -> (watch: Int64, digest: Int64, path: FilePath, row: FileRow?) {
        let path = FilePath(directory: [UInt8](try row.data(0)), name: [UInt8](try row.data(1)))
        let (watch, digest) = (try row.number(19), try row.number(20))
        do throws(StoreError) { return (watch, digest, path, try FileRow(row, at: path)) } catch {
            return (watch, digest, path, nil)
        }
    }

    /// The row of one file.
    static func fetch(_ database: Database, _ watch: Int64, _ path: FilePath) throws -> FileRow? {
        try fetch(database, where: "watch = ? and directory = ? and name = ?") {
            $0.bind(watch)
            $0.bind(Data(path.directory))
            $0.bind(Data(path.name))
        }.first
    }

    private init(_ row: QuickRow, at path: FilePath) throws(StoreError) {
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
        isPresent = try row.flag(9)
        isChangedAgain = try row.flag(10)
        generation = Int(try row.number(11))
        rank = try row.number(12)
        invocation = try row.optionalID(13)
        succeeded = try row.optionalNumber(15) == nil ? nil : row.flag(15)
        ended = try row.optionalNumber(17).map { WallTime(nanoseconds: $0) }
        note = try row.text(18)
        goneSince = try row.optionalNumber(21).map { WallTime(nanoseconds: $0) }
    }

    /// Writes the row, in place of the one before.
    func store(_ database: Database, _ watch: Int64) throws {
        let sql = """
            insert or replace into files (\(Self.columns))
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        var statement = try QuickStatement(database, sql)
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
        statement.bind(watch)
        statement.bind(digest(in: watch))
        statement.bind(goneSince.map { Int($0.nanoseconds) })
        try statement.run()
    }

    /// The checksum over a whole row.
    func digest(in watch: Int64) -> Int64 {
        var sum = Checksum()
        sum.add(watch)
        sum.add(path.directory.span.bytes)
        sum.add(path.name.span.bytes)
        sum.add(facts.device)
        sum.add(facts.inode)
        sum.add(facts.size)
        sum.add(facts.modified)
        sum.add(facts.changed)
        sum.add(state.rawValue)
        sum.add(kind.rawValue)
        sum.add(action.rawValue)
        sum.add((isPresent ? 1 : 0) + (isChangedAgain ? 2 : 0))
        sum.add(generation)
        sum.add(rank)
        if let invocation { sum.add(invocation) } else { sum.add(-1) }
        sum.add(succeeded.map { $0 ? 1 : 0 } ?? -1)
        sum.add(found)
        sum.add(ended)
        sum.add(note)
        // What is there has the checksum that it had before this was kept.
        if let goneSince { sum.add(goneSince) }
        return sum.value
    }
}

extension QuickStatement {
    /// Binds where a row lies.
    mutating func bind(_ place: FileRow.Damaged) {
        bind(place.watch)
        bind(Data(place.path.directory))
        bind(Data(place.path.name))
    }
}

extension QuickRow {
    /// A 0 or a 1.
    fileprivate func flag(_ column: Int32) throws(StoreError) -> Bool {
        switch try number(column) {
        case 0: false
        case 1: true
        default: throw .corrupt("a file's row")
        }
    }
}
