internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data
internal import class Foundation.JSONDecoder
internal import class Foundation.JSONEncoder

/// One caller's part of a transaction: the statements behind each call of the interface.
///
/// What a call refuses it refuses before it writes.
struct Session {
    let database: Database
    /// The time of the commit.
    let now: WallTime
    var books: Books
    /// Says what follows when the store gives something up by itself.
    var givenUp: GivenUp = { _ in [] }
    /// What has ended for good, for whoever wants to hear of it when the commit is durable.
    var ends: [StoredEnd] = []
    /// Takes what gets ready.
    var taker: (any ReadyTaker)?
    /// What has got something ready.
    var ready: Set<FunctionName> = []
    /// What was claimed of that.
    var taken: TakenReady?
    /// Whether nobody else has a part in the transaction.
    var isAlone = false

    /// The entry of an id; `nil` when there is none.
    func entry(_ id: InvocationID) throws -> EntryRow? {
        try EntryRow.fetch(database, id)
    }

    /// The entry that a lease is about, intact.
    func entry(leased lease: Lease) throws -> EntryRow {
        guard let entry = try entry(lease.id) else { throw StoreError.staleLease }
        return try entry.checked()
    }

    /// Stores a changed entry, keeps the books, and lets the next of its ordering key go.
    mutating func store(_ entry: EntryRow, was before: Delivery.Phase) throws {
        try entry.update(database)
        try moved(entry, from: before)
    }

    /// Keeps the books of an entry that is stored, and lets the next of its ordering key go.
    mutating func moved(_ entry: EntryRow, from before: Delivery.Phase) throws {
        books.move(entry.function, from: before, to: entry.delivery.phase)
        guard entry.delivery.phase.isOver, !before.isOver else { return }
        if let end = entry.end {
            ends.append(end)
            try endFiles(of: end)
        }
        try unblock(after: entry)
    }

    /// Gives an entry up whose row is damaged.
    mutating func condemn(_ entry: inout EntryRow) throws {
        let before = entry.delivery.phase
        entry.delivery.condemn(now: now)
        try store(entry, was: before)
    }

    /// The earliest of an ordering key that isn't over is the one that may run.
    private mutating func unblock(after entry: EntryRow) throws {
        guard let key = entry.orderingKey else { return }
        let next = try EntryRow.fetch(
            database,
            where: """
                function = ? and orderingKey = ? and orderingKey is not null and phase < 4
                order by sequence limit 1
                """,
            [entry.function, key]
        )
        guard var next = next.first else { return }
        guard next.isIntact else {
            // By the key that led here: its own may be what is damaged.
            next.orderingKey = key
            next.function = entry.function
            return try condemn(&next)
        }
        guard next.delivery.phase == .blocked else { return }
        next.delivery.unblock(now: now)
        try next.update(database)
        // What is intact has a name; a look of the queue's would find it otherwise.
        do { ready.insert(try next.name) } catch {}
    }

    /// Whether another of an ordering key isn't over.
    func isBlocked(
        _ function: String,
        _ orderingKey: String?,
        except sequence: Int64 = 0
    ) throws
        -> Bool
    {
        guard let orderingKey else { return false }
        let other = try database.number(
            """
            select sequence from entries where function = ? and orderingKey = ?
                and orderingKey is not null and phase < 4 and sequence <> ? limit 1
            """,
            [function, orderingKey, sequence]
        )
        return other != nil
    }

    /// A number that is higher than every one before.
    mutating func nextVersion() throws -> Int64 {
        books.version += 1
        try database.run("update counters set value = ? where name = 'version'", [books.version])
        return books.version
    }

    static func encode(_ value: (some Encodable)?) throws -> Data? {
        try value.map { try JSONEncoder().encode($0) }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data?) throws -> Value? {
        try data.map { try JSONDecoder().decode(type, from: $0) }
    }
}
