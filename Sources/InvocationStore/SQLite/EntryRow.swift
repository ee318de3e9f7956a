internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

/// One row of `entries`, with its checksum: how a queued invocation stands.
struct EntryRow {
    var sequence: Int64
    var id: InvocationID
    /// As stored: a damaged name is found by the seal, not by a parser.
    var function: String
    var orderingKey: String?
    var priority: Int
    var received: WallTime
    var delivery: Delivery
    /// The latest error, as JSON.
    var error: Data?
    /// The checksum of the payload.
    var digest: Int64
    /// Whether the seal fitted when the row was read.
    var isIntact = true

    /// A row that is about to be inserted.
    init(_ invocation: QueuedInvocation, delivery: Delivery, digest: Int64, now: WallTime) {
        sequence = 0
        id = invocation.id
        function = invocation.function.description
        orderingKey = invocation.delivery.orderingKey
        priority = invocation.delivery.priority
        received = now
        self.delivery = delivery
        self.digest = digest
    }

    /// Reads a row; one that is damaged is marked so.
    static func read(_ row: Row) throws(StoreError) -> EntryRow {
        do { return try EntryRow(intact: row) } catch { return try EntryRow(damaged: row) }
    }

    /// What can be told of a row whose values aren't even of their kinds.
    private init(damaged row: Row) throws(StoreError) {
        sequence = try row.value("sequence")
        let bytes = Data.fromDatabaseValue(row["id"]) ?? Data()
        do { id = try InvocationID(data: bytes) } catch { id = InvocationID(high: 0, low: 0) }
        function = String.fromDatabaseValue(row["function"]) ?? ""
        priority = 0
        received = WallTime(nanoseconds: 0)
        let phase = Int64.fromDatabaseValue(row["phase"]).flatMap(Delivery.Phase.init)
        delivery = Delivery(
            phase: phase ?? .dead,
            attemptLimit: 0,
            due: received,
            expires: received
        )
        digest = 0
        isIntact = false
    }

    private init(intact row: Row) throws(StoreError) {
        sequence = try row.value("sequence")
        id = try InvocationID(data: row.value("id"))
        function = try row.value("function")
        orderingKey = try row.optional("orderingKey")
        priority = try row.value("priority")
        received = WallTime(nanoseconds: try row.value("received"))
        let phase = Delivery.Phase(rawValue: try row.value("phase"))
        delivery = Delivery(
            phase: phase ?? .dead,
            attemptLimit: try row.value("attemptLimit"),
            due: WallTime(nanoseconds: try row.value("due")),
            expires: WallTime(nanoseconds: try row.value("expires"))
        )
        delivery.attempt = try row.value("attempt")
        delivery.token = try row.value("token")
        delivery.holder = try row.value("holder")
        delivery.isCancelRequested = try row.value("isCancelRequested")
        delivery.reason = try row.optional("reason").flatMap(DeadReason.init(rawValue:))
        error = try row.optional("error")
        digest = try row.value("digest")
        isIntact = try row.value("seal") == seal && phase != nil
    }

    /// The checksum over everything in the row but its place.
    var seal: Int64 {
        var sum = Checksum()
        sum.add(digest)
        sum.add(id)
        sum.add(function)
        sum.add(orderingKey)
        sum.add(priority)
        sum.add(received)
        sum.add(delivery.phase.rawValue)
        sum.add(delivery.attempt)
        sum.add(delivery.attemptLimit)
        sum.add(delivery.token)
        sum.add(delivery.due)
        sum.add(delivery.expires)
        sum.add(delivery.holder)
        sum.add(delivery.isCancelRequested ? 1 : 0)
        sum.add(delivery.reason?.rawValue)
        sum.add((error ?? Data()).span.bytes)
        return sum.value
    }

    /// The function's name.
    ///
    /// - Throws: `corrupt` when it is none.
    var name: FunctionName {
        get throws(StoreError) {
            do { return try FunctionName(function) } catch { throw .corrupt("invocation \(id)") }
        }
    }

    /// Stops a reader before it trusts a damaged row.
    ///
    /// - Throws: `corrupt`.
    func checked() throws(StoreError) -> EntryRow {
        guard isIntact else { throw .corrupt("the state of invocation \(id)") }
        return self
    }

    func insert(_ database: Database) throws -> Int64 {
        try database.run(
            """
            insert into entries (id, function, orderingKey, priority, received, phase, attempt,
                attemptLimit, token, due, expires, holder, isCancelRequested, reason, error, digest,
                seal) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id.data, function, orderingKey, priority, received.nanoseconds,
                delivery.phase.rawValue, delivery.attempt, delivery.attemptLimit, delivery.token,
                delivery.due.nanoseconds, delivery.expires.nanoseconds, delivery.holder,
                delivery.isCancelRequested, delivery.reason?.rawValue, error, digest, seal,
            ]
        )
        return database.lastInsertedRowID
    }

    func update(_ database: Database) throws {
        try database.run(
            """
            update entries set phase = ?, attempt = ?, attemptLimit = ?, token = ?, due = ?,
                expires = ?, holder = ?, isCancelRequested = ?, reason = ?, error = ?, digest = ?,
                seal = ?
            where sequence = ?
            """,
            [
                delivery.phase.rawValue, delivery.attempt, delivery.attemptLimit, delivery.token,
                delivery.due.nanoseconds, delivery.expires.nanoseconds, delivery.holder,
                delivery.isCancelRequested, delivery.reason?.rawValue, error, digest, seal,
                sequence,
            ]
        )
    }

    /// The rows that a condition selects, which begins after `where`.
    static func fetch(
        _ database: Database,
        where condition: String,
        _ arguments: StatementArguments
    ) throws -> [EntryRow] {
        try database.rows("select * from entries where \(condition)", arguments).map(EntryRow.read)
    }
}
