internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data

extension Database {
    /// Runs a statement that is prepared once for each connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
    }

    /// Runs `body` in a transaction that nobody else's comes between; takes everything back when it
    /// throws, or the commit fails.
    ///
    /// As `inTransaction` does, which has both statements prepared anew each time.
    func transact(_ body: () throws -> Void) throws {
        try run("begin immediate transaction")
        do {
            try body()
            try run("commit transaction")
        } catch {
            // Where the disk is gone SQLite may have done so by itself.
            if isInsideTransaction { try rollback() }
            throw error
        }
    }

    /// Fetches all rows of a prepared statement.
    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// Fetches the first row of a prepared statement.
    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// Fetches the first column of the first row as a number.
    func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Row {
    /// The value of a column.
    ///
    /// `row[…]` would trap where damage has made a value one of another kind.
    ///
    /// - Throws: `corrupt`.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws(StoreError) -> Value {
        do { return try decode(forColumn: column) } catch { throw .corrupt("a \(column)") }
    }

    /// The value of a column that may be null.
    ///
    /// - Throws: `corrupt`.
    func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws(StoreError) -> Value? {
        let isNull = self[column] as DatabaseValue == .null
        return isNull ? nil : try value(column)
    }
}

extension InvocationID {
    /// The 16 bytes, as they are stored.
    var data: Data {
        var buffer = ByteBuffer()
        buffer.writeInteger(words.high)
        buffer.writeInteger(words.low)
        return buffer.data
    }

    /// Reads 16 stored bytes.
    ///
    /// - Throws: `corrupt` for any other number of bytes.
    init(data: Data) throws(StoreError) {
        var buffer = ByteBuffer(bytes: data)
        guard data.count == 16, let high = buffer.readInteger(as: UInt64.self),
            let low = buffer.readInteger(as: UInt64.self)
        else { throw .corrupt("an invocation's id") }
        self.init(high: high, low: low)
    }
}

extension ByteBuffer {
    /// The readable bytes, as they are stored.
    var data: Data { Data(readableBytesView) }
}

extension StateScope {
    /// The scope as it is stored.
    var text: String {
        switch self {
        case .function(let name): "function:\(name)"
        case .host(let part): "host:\(part)"
        }
    }
}
