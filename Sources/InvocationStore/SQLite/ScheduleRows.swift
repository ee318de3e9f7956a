internal import FunctionModel
internal import GRDB

/// A schedule as it is stored.
enum ScheduleRow {
    private static let columns =
        "name, function, declaration, anchor, cursor, isEnabled, isRetired, last, missed, digest"

    /// The schedule of a name; `nil` when there is none, or it is damaged and has to begin anew.
    static func fetch(_ database: Database, _ name: String) throws -> ScheduleEntry? {
        var statement = try QuickStatement(
            database,
            "select \(columns) from schedules where name = ?"
        )
        statement.bind(name)
        return try statement.rows(readIntact).first ?? nil
    }

    /// All that are intact.
    static func all(_ database: Database) throws -> [ScheduleEntry] {
        try QuickStatement(database, "select \(columns) from schedules order by name")
            .rows(readIntact).compactMap { $0 }
    }

    private static func readIntact(_ row: QuickRow) throws -> ScheduleEntry? {
        do { return try read(row) } catch StoreError.corrupt { return nil }
    }

    /// Schedules after a place in the table, for the check of all rows.
    static func check(_ database: Database, at place: Int64) throws {
        var statement = try QuickStatement(
            database,
            "select \(columns) from schedules where rowid = ?"
        )
        statement.bind(place)
        _ = try statement.rows(read)
    }

    private static let keeping = """
        insert into schedules (\(columns)) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (name) do update set function = excluded.function,
            declaration = excluded.declaration, anchor = excluded.anchor,
            cursor = excluded.cursor, isEnabled = excluded.isEnabled,
            isRetired = excluded.isRetired, last = excluded.last, missed = excluded.missed,
            digest = excluded.digest
        """
    private static let keepingForward = keeping + " where cursor < excluded.cursor"

    /// Keeps where a schedule stands; with `onlyForward` not where it has come further.
    static func keep(
        _ entry: ScheduleEntry,
        _ database: Database,
        onlyForward: Bool = false
    ) throws {
        var statement = try QuickStatement(database, onlyForward ? keepingForward : keeping)
        statement.bind(entry.name)
        statement.bind(entry.function.description)
        statement.bind(entry.declaration)
        statement.bind(entry.anchor.nanoseconds)
        statement.bind(entry.cursor.nanoseconds)
        statement.bind(entry.isEnabled)
        statement.bind(entry.isRetired)
        statement.bind(entry.last?.data)
        statement.bind(entry.missed)
        statement.bind(entry.digest)
        try statement.run()
    }

    private static func read(_ row: QuickRow) throws -> ScheduleEntry {
        let name = try row.text(0)
        let function: FunctionName
        do { function = try FunctionName(row.text(1)) } catch {
            throw StoreError.corrupt("the schedule '\(name)'")
        }
        var entry = ScheduleEntry(
            name: name,
            function: function,
            declaration: try row.text(2),
            at: WallTime(nanoseconds: try row.number(3))
        )
        entry.cursor = WallTime(nanoseconds: try row.number(4))
        entry.isEnabled = try row.number(5) != 0
        entry.isRetired = try row.number(6) != 0
        entry.last = try row.optionalData(7).map { try InvocationID(data: $0) }
        entry.missed = Int(try row.number(8))
        guard try row.number(9) == entry.digest else {
            throw StoreError.corrupt("the schedule '\(name)'")
        }
        return entry
    }
}

/// A tick as it is stored.
enum TickRow {
    private static let columns =
        "schedule, instant, since, count, fate, decided, invocation, isManual, digest"

    /// The fate of a tick, be it as one of many; `nil` when it has none yet.
    static func fate(
        _ database: Database,
        _ schedule: String,
        _ tick: TickDecision
    ) throws -> TickFate? {
        var statement = try QuickStatement(
            database,
            """
            select fate from ticks where schedule = ? and instant >= ?
                and (instant = ? or since <= ? and count > 1) order by instant limit 1
            """
        )
        statement.bind(schedule)
        statement.bind(tick.instant.nanoseconds)
        statement.bind(tick.instant.nanoseconds)
        // What an operator asks for lies between others, and is none of them.
        statement.bind(tick.isManual ? Int64.min : tick.since.nanoseconds)
        // That there is a row says enough, even where damage has left no word of it.
        return try statement.rows { row in
            do { return TickFate(rawValue: try row.text(0)) ?? .downMissed } catch {
                return .downMissed
            }
        }.first
    }

    /// The last instant of a schedule that has a fate; `nil` when none has.
    static func highest(_ database: Database, _ schedule: String) throws -> WallTime? {
        var statement = try QuickStatement(
            database,
            "select instant from ticks where schedule = ? order by instant desc limit 1"
        )
        statement.bind(schedule)
        return try statement.rows { WallTime(nanoseconds: try $0.number(0)) }.first
    }

    static func list(
        _ database: Database,
        _ schedule: String,
        before: WallTime?,
        limit: Int
    ) throws -> [TickEntry] {
        var statement = try QuickStatement(
            database,
            """
            select \(columns) from ticks where schedule = ? and instant < ?
                order by instant desc limit ?
            """
        )
        statement.bind(schedule)
        statement.bind((before ?? .never).nanoseconds)
        statement.bind(limit)
        return try statement.rows(read)
    }

    /// A tick at a place in the table, for the check of all rows.
    static func check(_ database: Database, at place: Int64) throws {
        var statement = try QuickStatement(
            database,
            "select \(columns) from ticks where rowid = ?"
        )
        statement.bind(place)
        _ = try statement.rows(read)
    }

    static func insert(_ tick: TickEntry, of schedule: String, _ database: Database) throws {
        var statement = try QuickStatement(
            database,
            "insert into ticks (\(columns)) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        statement.bind(schedule)
        statement.bind(tick.instant.nanoseconds)
        statement.bind(tick.since.nanoseconds)
        statement.bind(tick.count)
        statement.bind(tick.fate.rawValue)
        statement.bind(tick.decided.nanoseconds)
        statement.bind(tick.invocation?.data)
        statement.bind(tick.isManual)
        statement.bind(tick.digest(of: schedule))
        try statement.run()
    }

    /// Removes all but the latest ticks of a schedule.
    static func prune(_ database: Database, _ schedule: String, keeping count: Int) throws {
        try database.run(
            """
            delete from ticks where schedule = ? and instant <= (
                select instant from ticks where schedule = ?
                    order by instant desc limit 1 offset ?)
            """,
            [schedule, schedule, count]
        )
    }

    private static func read(_ row: QuickRow) throws -> TickEntry {
        let schedule = try row.text(0)
        let instant = WallTime(nanoseconds: try row.number(1))
        guard let fate = TickFate(rawValue: try row.text(4)) else {
            throw StoreError.corrupt("a tick of the schedule '\(schedule)'")
        }
        var tick = TickEntry(
            TickDecision(instant, fate),
            fate,
            decided: WallTime(nanoseconds: try row.number(5))
        )
        tick.since = WallTime(nanoseconds: try row.number(2))
        tick.count = Int(try row.number(3))
        tick.invocation = try row.optionalData(6).map { try InvocationID(data: $0) }
        tick.isManual = try row.number(7) != 0
        guard try row.number(8) == tick.digest(of: schedule) else {
            throw StoreError.corrupt("a tick of the schedule '\(schedule)'")
        }
        return tick
    }
}

extension ScheduleEntry {
    fileprivate var digest: Int64 {
        var sum = Checksum()
        sum.add(name)
        sum.add(function.description)
        sum.add(declaration)
        sum.add(anchor)
        sum.add(cursor)
        sum.add(isEnabled ? 1 : 0)
        sum.add(isRetired ? 1 : 0)
        if let last { sum.add(last) } else { sum.add(0) }
        sum.add(missed)
        return sum.value
    }
}

extension TickEntry {
    fileprivate func digest(of schedule: String) -> Int64 {
        var sum = Checksum()
        sum.add(schedule)
        sum.add(instant)
        sum.add(since)
        sum.add(count)
        sum.add(fate.rawValue)
        sum.add(decided)
        if let invocation { sum.add(invocation) } else { sum.add(0) }
        sum.add(isManual ? 1 : 0)
        return sum.value
    }
}
