internal import FunctionModel
internal import GRDB
internal import GRDBSQLite
internal import NIOCore

internal import struct Foundation.Data

/// A prepared statement that is bound and stepped by hand, column by column.
///
/// For what every invocation passes several times: rows that know their columns by name cost more
/// there than SQLite itself.
struct QuickStatement {
    private let owner: Statement
    private let database: Database
    private var place: Int32 = 0

    private var statement: OpaquePointer { owner.sqliteStatement }

    /// Takes the statement from those that the connection keeps.
    init(_ database: Database, _ sql: String) throws {
        owner = try database.cachedStatement(sql: sql)
        self.database = database
        sqlite3_reset(statement)
    }

    mutating func bind(_ number: Int64) {
        place += 1
        sqlite3_bind_int64(statement, place, number)
    }

    mutating func bind(_ number: Int) { bind(Int64(number)) }

    mutating func bind(_ number: Int?) {
        if let number { bind(Int64(number)) } else { bindNull() }
    }

    mutating func bind(_ flag: Bool) { bind(flag ? 1 : 0) }

    mutating func bind(_ text: String) {
        place += 1
        var text = text
        _ = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(statement, place, $0.baseAddress, Int32($0.count), Self.copied)
            }
        }
    }

    mutating func bind(_ text: String?) {
        if let text { bind(text) } else { bindNull() }
    }

    mutating func bind(_ data: Data) { data.withUnsafeBytes { bind($0) } }

    mutating func bind(_ data: Data?) {
        if let data { bind(data) } else { bindNull() }
    }

    mutating func bind(_ buffer: ByteBuffer) { buffer.withUnsafeReadableBytes { bind($0) } }

    mutating func bind(_ buffer: ByteBuffer?) {
        if let buffer { bind(buffer) } else { bindNull() }
    }

    mutating func bind(_ id: InvocationID) {
        let words = (id.words.high.bigEndian, id.words.low.bigEndian)
        withUnsafeBytes(of: words) { bind($0) }
    }

    /// Takes the values as GRDB has them.
    func bind(_ arguments: StatementArguments) { owner.setUncheckedArguments(arguments) }

    private mutating func bindNull() {
        place += 1
        sqlite3_bind_null(statement, place)
    }

    private mutating func bind(_ bytes: UnsafeRawBufferPointer) {
        place += 1
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            sqlite3_bind_zeroblob(statement, place, 0)
            return
        }
        sqlite3_bind_blob(statement, place, start, Int32(bytes.count), Self.copied)
    }

    /// Runs it to its end.
    func run() throws {
        defer { sqlite3_reset(statement) }
        while try step() {}
    }

    /// Runs it and reads each row, while the statement stands on it.
    func rows<Value>(_ read: (QuickRow) throws -> Value) throws -> [Value] {
        defer { sqlite3_reset(statement) }
        var values: [Value] = []
        while try step() { values.append(try read(QuickRow(statement: statement))) }
        return values
    }

    private func step() throws -> Bool {
        let code = sqlite3_step(statement)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: database.lastErrorMessage
            )
        }
    }

    /// Has SQLite copy what is bound.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}

/// The row on which a statement stands.
///
/// A value of another kind than the column's is damage: these throw `corrupt`.
struct QuickRow {
    fileprivate let statement: OpaquePointer

    func number(_ column: Int32) throws(StoreError) -> Int64 {
        try check(column, SQLITE_INTEGER)
        return sqlite3_column_int64(statement, column)
    }

    func text(_ column: Int32) throws(StoreError) -> String {
        try check(column, SQLITE_TEXT)
        let count = Int(sqlite3_column_bytes(statement, column))
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) throws(StoreError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    func bytes(_ column: Int32) throws(StoreError) -> ByteBuffer {
        try check(column, SQLITE_BLOB)
        return ByteBuffer(bytes: raw(column))
    }

    func optionalBytes(_ column: Int32) throws(StoreError) -> ByteBuffer? {
        isNull(column) ? nil : try bytes(column)
    }

    func data(_ column: Int32) throws(StoreError) -> Data {
        try check(column, SQLITE_BLOB)
        return Data(raw(column))
    }

    func optionalData(_ column: Int32) throws(StoreError) -> Data? {
        isNull(column) ? nil : try data(column)
    }

    func id(_ column: Int32) throws(StoreError) -> InvocationID {
        try check(column, SQLITE_BLOB)
        let bytes = raw(column)
        guard bytes.count == 16 else { throw .corrupt("an invocation's id") }
        return InvocationID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    func optionalNumber(_ column: Int32) throws(StoreError) -> Int64? {
        isNull(column) ? nil : try number(column)
    }

    func optionalID(_ column: Int32) throws(StoreError) -> InvocationID? {
        isNull(column) ? nil : try id(column)
    }

    private func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    private func check(_ column: Int32, _ type: Int32) throws(StoreError) {
        guard sqlite3_column_type(statement, column) == type else {
            throw .corrupt("column \(column)")
        }
    }

    private func raw(_ column: Int32) -> UnsafeRawBufferPointer {
        let count = Int(sqlite3_column_bytes(statement, column))
        return UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count)
    }
}
