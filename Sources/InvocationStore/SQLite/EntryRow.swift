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

    /// Reads a row of `columns`; one that is damaged is marked so.
    static func read(_ row: QuickRow) throws(StoreError) -> EntryRow {
        do { return try EntryRow(intact: row) } catch { return try EntryRow(damaged: row) }
    }

    /// What can be told of a row whose values aren't even of their kinds.
    private init(damaged row: QuickRow) throws(StoreError) {
        sequence = try row.number(0)
        do { id = try row.id(1) } catch { id = InvocationID(high: 0, low: 0) }
        do { function = try row.text(2) } catch { function = "" }
        priority = 0
        received = WallTime(nanoseconds: 0)
        var phase: Delivery.Phase?
        do { phase = Delivery.Phase(rawValue: try row.number(6)) } catch {}
        delivery = Delivery(
            phase: phase ?? .dead,
            attemptLimit: 0,
            due: received,
            expires: received
        )
        digest = 0
        isIntact = false
    }

    private init(intact row: QuickRow) throws(StoreError) {
        sequence = try row.number(0)
        id = try row.id(1)
        function = try row.text(2)
        orderingKey = try row.optionalText(3)
        priority = Int(try row.number(4))
        received = WallTime(nanoseconds: try row.number(5))
        let phase = Delivery.Phase(rawValue: try row.number(6))
        delivery = Delivery(
            phase: phase ?? .dead,
            attemptLimit: Int(try row.number(8)),
            due: WallTime(nanoseconds: try row.number(10)),
            expires: WallTime(nanoseconds: try row.number(11))
        )
        delivery.attempt = Int(try row.number(7))
        delivery.token = try row.number(9)
        delivery.holder = try row.text(12)
        delivery.isCancelRequested = try row.number(13) != 0
        delivery.reason = try row.optionalText(14).flatMap(DeadReason.init(rawValue:))
        error = try row.optionalData(15)
        digest = try row.number(16)
        isIntact = try row.number(17) == seal && phase != nil
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

    /// How it has ended; `nil` before.
    var end: StoredEnd? {
        let known: FunctionName?
        do { known = try name } catch { known = nil }
        return delivery.end.map { StoredEnd(id: id, function: known, end: $0) }
    }

    /// Stops a reader before it trusts a damaged row.
    ///
    /// - Throws: `corrupt`.
    func checked() throws(StoreError) -> EntryRow {
        guard isIntact else { throw .corrupt("the state of invocation \(id)") }
        return self
    }

    func insert(_ database: Database) throws -> Int64 {
        var statement = try QuickStatement(
            database,
            """
            insert into entries (id, function, orderingKey, priority, received, phase, attempt,
                attemptLimit, token, due, expires, holder, isCancelRequested, reason, error, digest,
                seal) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(id)
        statement.bind(function)
        statement.bind(orderingKey)
        statement.bind(priority)
        statement.bind(received.nanoseconds)
        bindStanding(&statement)
        statement.bind(digest)
        statement.bind(seal)
        try statement.run()
        return database.lastInsertedRowID
    }

    /// Writes what has changed; a damaged row is only marked as given up, for a seal over it would
    /// make the damage pass for a value.
    func update(_ database: Database) throws {
        guard isIntact else {
            return try database.run(
                "update entries set phase = ?, reason = ?, due = ?, holder = '' where sequence = ?",
                [
                    Delivery.Phase.dead.rawValue, DeadReason.corrupt.rawValue,
                    delivery.due.nanoseconds, sequence,
                ]
            )
        }
        var statement = try QuickStatement(
            database,
            """
            update entries set phase = ?, attempt = ?, attemptLimit = ?, token = ?, due = ?,
                expires = ?, holder = ?, isCancelRequested = ?, reason = ?, error = ?, digest = ?,
                seal = ?
            where sequence = ?
            """
        )
        bindStanding(&statement)
        statement.bind(digest)
        statement.bind(seal)
        statement.bind(sequence)
        try statement.run()
    }

    /// What changes with each step: `phase` to `error`.
    private func bindStanding(_ statement: inout QuickStatement) {
        statement.bind(delivery.phase.rawValue)
        statement.bind(delivery.attempt)
        statement.bind(delivery.attemptLimit)
        statement.bind(delivery.token)
        statement.bind(delivery.due.nanoseconds)
        statement.bind(delivery.expires.nanoseconds)
        statement.bind(delivery.holder)
        statement.bind(delivery.isCancelRequested)
        statement.bind(delivery.reason?.rawValue)
        statement.bind(error)
    }

    /// The rows that a condition selects, which begins after `where`.
    static func fetch(
        _ database: Database,
        where condition: String,
        _ arguments: StatementArguments
    ) throws -> [EntryRow] {
        let sql = "select \(columns) from entries where \(condition)"
        let statement = try QuickStatement(database, sql)
        statement.bind(arguments)
        return try statement.rows(EntryRow.read)
    }

    /// The row of an id; `nil` when there is none.
    static func fetch(_ database: Database, _ id: InvocationID) throws -> EntryRow? {
        var statement = try QuickStatement(database, byID)
        statement.bind(id)
        return try statement.rows(EntryRow.read).first
    }

    /// The row at a place; `nil` when there is none.
    static func fetch(_ database: Database, at sequence: Int64) throws -> EntryRow? {
        var statement = try QuickStatement(database, bySequence)
        statement.bind(sequence)
        return try statement.rows(EntryRow.read).first
    }

    /// In the order in which they are read.
    private static let columns = """
        sequence, id, function, orderingKey, priority, received, phase, attempt, attemptLimit, token,
        due, expires, holder, isCancelRequested, reason, error, digest, seal
        """
    private static let byID = "select \(columns) from entries where id = ?"
    private static let bySequence = "select \(columns) from entries where sequence = ?"
}
