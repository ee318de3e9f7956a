internal import FunctionModel
internal import GRDB

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
        report.deadLetters = try removeEntries(
            "phase = 5 and due <= ? order by sequence limit ?",
            [(now - policy.deadLetterAge).nanoseconds, policy.batch]
        )
        report.records = try removeRecords(policy)
        report.keys = try remove("keys", where: "expires <= ?", [now.nanoseconds])
        report.state = try remove(
            "state",
            where: "expires is not null and expires <= ?",
            [now.nanoseconds]
        )
        report.state += try remove("locks", where: "expires <= ?", [now.nanoseconds])
        report.isPartial = [
            report.expired, report.results, report.deadLetters, report.records,
        ].contains { $0 >= policy.batch }
        return report
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

    /// Results by their size, oldest first, and those of calls that weren't queued by their age.
    private func removeResults(_ policy: RetentionPolicy) throws -> Int {
        let isTooMuch = try total("results") > policy.resultBytes.bytes
        let limit = isTooMuch ? now : now - policy.resultAge
        return try remove(
            "results",
            where: """
                id in (select id from results where ended <= ? and id not in
                    (select id from entries where phase = 5) order by ended limit ?)
                """,
            [limit.nanoseconds, policy.batch]
        )
    }

    private func removeRecords(_ policy: RetentionPolicy) throws -> Int {
        let isTooMuch = try total("records") > policy.recordBytes.bytes
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

    private func total(_ table: String) throws -> Int64 {
        try database.number("select coalesce(sum(size), 0) from \(table)") ?? 0
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
