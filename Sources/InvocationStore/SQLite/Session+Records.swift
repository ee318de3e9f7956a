internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

extension Session {
    /// Keeps a record.
    func archive(_ record: InvocationRecord) throws {
        try RecordRow(record).insert(database)
    }

    /// Lists records, newest first.
    func records(_ query: RecordQuery) throws -> Page<InvocationRecord> {
        let limit = StoreBounds.page(query.limit)
        var conditions = ["true"]
        var arguments: [(any DatabaseValueConvertible)?] = []
        func require(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
            conditions.append(condition)
            arguments += values
        }
        if let function = query.function { require("function = ?", function.description) }
        if let outcome = query.outcome { require("outcome = ?", outcome.rawValue) }
        if let trigger = query.trigger { require("trigger = ?", trigger.rawValue) }
        if let since = query.since { require("received >= ?", since.nanoseconds) }
        if let before = query.before { require("received < ?", before.nanoseconds) }
        if let after = query.after.flatMap(RecordPlace.init) {
            require("(received, sequence) < (?, ?)", after.received, after.sequence)
        }
        arguments.append(limit + 1)
        let rows = try database.rows(
            """
            select * from records where \(conditions.joined(separator: " and "))
            order by received desc, sequence desc limit ?
            """,
            StatementArguments(arguments)
        )
        let shown = rows.prefix(limit)
        let isMore = rows.count > limit
        var page = Page<InvocationRecord>(
            [],
            next: isMore ? try shown.last.map { try RecordPlace($0).cursor } : nil
        )
        for row in shown {
            do { page.elements.append(try RecordRow(row).record(isWhole: false)) } catch {
                page.damaged += 1
            }
        }
        return page
    }

    /// The records of all attempts of an invocation.
    func records(of id: InvocationID) throws -> [InvocationRecord] {
        try database.rows("select * from records where id = ? order by attempt", [id.data])
            .map { try RecordRow($0).record(isWhole: true) }
    }
}

/// A place in the list of records.
private struct RecordPlace {
    var received: Int64
    var sequence: Int64

    init(_ row: Row) throws(StoreError) {
        received = try row.value("received")
        sequence = try row.value("sequence")
    }

    init?(_ cursor: PageCursor) {
        let parts = cursor.text.split(separator: ".")
        guard parts.count == 2, let received = Int64(parts[0]), let sequence = Int64(parts[1])
        else { return nil }
        self.received = received
        self.sequence = sequence
    }

    var cursor: PageCursor { PageCursor("\(received).\(sequence)") }
}
