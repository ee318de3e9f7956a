internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

extension Session {
    /// Removes a bounded amount of what is over and old.
    mutating func sweep(_ policy: RetentionPolicy) throws -> SweepReport {
        var report = SweepReport()
        report.expired = try expireWaiting(policy.batch)
        report.results = try removeEntries(
            "phase in (4, 6) and due <= ? order by due limit ?",
            [(now - policy.resultAge).nanoseconds, policy.batch]
        )
        report.results += try removeResults(policy)
        try shrinkResults(to: policy.resultBytes, isDead: false, &report.results, policy.batch)
        try shrinkResults(to: policy.deadLetterBytes, isDead: true, &report.results, policy.batch)
        report.deadLetters = try removeEntries(
            "phase = 5 and due <= ? order by due limit ?",
            [(now - policy.deadLetterAge).nanoseconds, policy.batch]
        )
        report.records = try removeRecords(policy)
        report.keys = try removeExpired("keys", by: "function, caller, key", policy.batch)
        report.state = try removeExpired("state", by: "scope, key", policy.batch)
        report.state += try removeExpired("locks", by: "scope, name", policy.batch)
        report.ticks = try removeTicks(policy)
        report.isPartial = [
            report.expired, report.results, report.deadLetters, report.records, report.keys,
            report.state, report.ticks,
        ].contains { $0 >= policy.batch }
        return report
    }

    /// Removes what has expired, the earliest first.
    private func removeExpired(_ table: String, by key: String, _ limit: Int) throws -> Int {
        try remove(
            table,
            where: """
                (\(key)) in (select \(key) from \(table)
                    where expires is not null and expires <= ? order by expires limit ?)
                """,
            [now.nanoseconds, limit]
        )
    }

    /// Gives up what waits and is too old.
    private mutating func expireWaiting(_ limit: Int) throws -> Int {
        let late = try EntryRow.fetch(
            database,
            where: "phase < 3 and expires <= ? order by expires limit ?",
            [now.nanoseconds, limit]
        )
        for var entry in late {
            let before = entry.delivery.phase
            if entry.isIntact {
                _ = entry.delivery.expire(now: now)
            } else {
                entry.delivery.condemn(now: now)
            }
            try store(entry, was: before)
            try followUp(entry)
        }
        return late.count
    }

    private mutating func removeEntries(
        _ condition: String,
        _ arguments: StatementArguments
    ) throws -> Int {
        let old = try EntryRow.fetch(database, where: condition, arguments)
        for entry in old { try remove(entry) }
        return old.count
    }

    /// Results by their age: those of calls that weren't queued are left by then.
    private func removeResults(_ policy: RetentionPolicy) throws -> Int {
        try remove(
            "results",
            where: """
                id in (select id from results where isDead = 0 and ended <= ?
                    order by ended limit ?)
                """,
            [(now - policy.resultAge).nanoseconds, policy.batch]
        )
    }

    /// Removes the oldest results, as many as it takes; of dead letters the letters stay.
    private func shrinkResults(
        to bound: ByteCount,
        isDead: Bool,
        _ count: inout Int,
        _ limit: Int
    ) throws {
        let sum = "select coalesce(sum(size), 0) from results where isDead = ?"
        var surplus = Int64(-bound.bytes) + (try database.number(sum, [isDead]) ?? 0)
        guard surplus > 0 else { return }
        let oldest = try database.rows(
            "select id, size from results where isDead = ? order by ended limit ?",
            [isDead, limit]
        )
        for row in oldest where surplus > 0 {
            try database.run("delete from results where id = ?", [try row.value("id") as Data])
            surplus -= try row.value("size")
            count += 1
        }
    }

    private func removeRecords(_ policy: RetentionPolicy) throws -> Int {
        let sum = try database.number("select coalesce(sum(size), 0) from records") ?? 0
        let isTooMuch = sum > policy.recordBytes.bytes
        let limit = isTooMuch ? now : now - policy.recordAge
        return try remove(
            "records",
            where: """
                sequence in (select sequence from records where received <= ?
                    order by received limit ?)
                """,
            [limit.nanoseconds, policy.batch]
        )
    }

    private func remove(
        _ table: String,
        where condition: String,
        _ arguments: StatementArguments
    ) throws -> Int {
        try database.run("delete from \(table) where \(condition)", arguments)
        return database.changesCount
    }
}
