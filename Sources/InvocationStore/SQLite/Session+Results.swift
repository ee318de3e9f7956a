internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data

extension Session {
    /// Keeps the result of an invocation, without its usage; that of a dead letter goes with it.
    func keep(_ result: InvocationResult, of id: InvocationID, isDead: Bool) throws {
        let headers = result.head.flatMap { $0.headers.isEmpty ? nil : $0.headers }
        let row = ResultRow(
            outcome: result.outcome.rawValue,
            status: result.head?.status,
            contentType: result.head?.contentType ?? "",
            headers: try Self.encode(headers),
            error: try Self.encode(result.error),
            body: result.body
        )
        var statement = try QuickStatement(
            database,
            """
            insert or replace into results (id, outcome, status, contentType, headers, error, body,
                ended, size, digest, isDead) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(id)
        statement.bind(row.outcome)
        statement.bind(row.status)
        statement.bind(row.contentType)
        statement.bind(row.headers)
        statement.bind(row.error)
        statement.bind(row.body)
        statement.bind(now.nanoseconds)
        statement.bind(row.size)
        statement.bind(row.digest(id))
        statement.bind(isDead)
        try statement.run()
    }

    /// Reads some results in the order of their ids, and tells which are damaged.
    func damagedResults(
        after start: Data,
        limit: Int
    ) throws -> (findings: [String], next: Data?) {
        let ids = try DatabaseValue.fetchAll(
            database.cachedStatement(
                sql: "select id from results where id > ? order by id limit ?"
            ),
            arguments: [start, limit]
        ).compactMap { Data.fromDatabaseValue($0) }
        var findings: [String] = []
        for id in ids {
            do { _ = try result(of: InvocationID(data: id)) } catch let error
                where !(error is DatabaseError)
            {
                findings.append("\(error)")
            }
        }
        return (findings, ids.count == limit ? ids.last : nil)
    }

    /// The result of an invocation, while it is kept.
    ///
    /// - Throws: `corrupt` when it is damaged.
    func result(of id: InvocationID) throws -> InvocationResult? {
        guard let row = try database.row("select * from results where id = ?", [id.data]) else {
            return nil
        }
        let kept = try ResultRow(row)
        guard try row.value("digest") == kept.digest(id),
            let outcome = Outcome(rawValue: kept.outcome)
        else {
            throw StoreError.corrupt("the result of invocation \(id)")
        }
        let head = try kept.status.map { status in
            ResponseHead(
                status: status,
                contentType: kept.contentType,
                headers: try Self.decode([Field].self, kept.headers) ?? []
            )
        }
        return InvocationResult(
            outcome: outcome,
            head: head,
            body: kept.body,
            error: try Self.decode(InvocationError.self, kept.error)
        )
    }
}

/// One row of `results`.
private struct ResultRow {
    var outcome: String
    var status: Int?
    var contentType: String
    var headers: Data?
    var error: Data?
    var body: ByteBuffer

    init(
        outcome: String,
        status: Int?,
        contentType: String,
        headers: Data?,
        error: Data?,
        body: ByteBuffer
    ) {
        self.outcome = outcome
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.error = error
        self.body = body
    }

    init(_ row: Row) throws(StoreError) {
        outcome = try row.value("outcome")
        status = try row.optional("status")
        contentType = try row.value("contentType")
        headers = try row.optional("headers")
        error = try row.optional("error")
        body = ByteBuffer(bytes: try row.value("body") as Data)
    }

    var size: Int { body.readableBytes + (headers?.count ?? 0) + (error?.count ?? 0) + 128 }

    func digest(_ id: InvocationID) -> Int64 {
        var sum = Checksum()
        sum.add(id)
        sum.add(outcome)
        sum.add(status ?? -1)
        sum.add(contentType)
        sum.add((headers ?? Data()).span.bytes)
        sum.add((error ?? Data()).span.bytes)
        sum.add(body)
        return sum.value
    }
}
