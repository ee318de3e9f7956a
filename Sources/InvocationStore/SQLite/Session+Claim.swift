internal import FunctionModel
internal import GRDB
internal import NIOCore

extension Session {
    /// How many entries whose time has come one claim moves on.
    private static let dueBatch = 256

    /// Takes what may run now.
    mutating func claim(_ request: ClaimRequest) throws -> ClaimReport {
        var report = ClaimReport()
        try abandonLateLeases(&report, but: request.holding)
        try promoteDue()
        try take(demands(request, among: readyFunctions()), request, &report)
        report.nextDue = try nextDue()
        return report
    }

    /// Takes what this transaction has made ready, as far as somebody wishes for it.
    mutating func takeReady() throws {
        // Asked once for each commit: ticks may have taken what there is room for.
        guard taken == nil, !ready.isEmpty, let request = taker?.wish(for: ready, upTo: nil) else {
            return
        }
        var report = ClaimReport()
        try take(demands(request, among: Array(ready)), request, &report)
        taken = TakenReady(request, report)
    }

    private mutating func take(
        _ demands: [(function: FunctionName, sequences: [Int64])],
        _ request: ClaimRequest,
        _ report: inout ClaimReport
    ) throws {
        let allotted = books.fairShare.allot(
            min(request.limit, StoreBounds.page),
            among: demands.map { ($0.function, $0.sequences.count) }
        )
        var payload = 0
        for demand in demands where !report.isCut {
            guard let allowance = request.allowances[demand.function] else { continue }
            let count = allotted[demand.function, default: 0]
            for sequence in demand.sequences.prefix(count) {
                report.isCut = payload >= request.payload.bytes
                guard !report.isCut else { break }
                let before = report.claimed.count
                try claim(sequence, request.holder, allowance.lease, &report)
                guard report.claimed.count > before, let last = report.claimed.last else {
                    continue
                }
                payload += max(1, last.invocation.body.readableBytes)
            }
        }
    }

    /// Gives back what a holder had claimed.
    mutating func recover(holder: String) throws -> Int {
        let leased = try EntryRow.fetch(database, where: "phase = 3 and holder = ?", [holder])
        for var entry in leased {
            let start = try start(of: entry)
            try abandon(&entry) { $0.outlive(now: $1, start: start) }
        }
        return leased.count
    }

    /// When a tick's run may begin, which was set up before; `nil` for at once.
    private func start(of entry: EntryRow) throws -> WallTime? {
        guard entry.received > now else { return nil }
        var statement = try QuickStatement(
            database,
            "select 1 from payloads where sequence = ? and trigger = ?"
        )
        statement.bind(entry.sequence)
        statement.bind(TriggerKind.cron.rawValue)
        return try statement.rows({ _ in true }).isEmpty ? nil : entry.received
    }

    private mutating func claim(
        _ sequence: Int64,
        _ holder: String,
        _ duration: Duration,
        _ report: inout ClaimReport
    ) throws {
        guard var entry = try EntryRow.fetch(database, at: sequence) else { return }
        let before = entry.delivery.phase
        do {
            let invocation = try Payload.fetch(database, of: entry.checked())
            let id = entry.id
            if let lease = entry.delivery.claim(id, by: holder, for: duration, now: now) {
                report.claimed.append(
                    ClaimedInvocation(invocation, entry.delivery, entry.received, lease)
                )
            } else {
                report.dead[id] = .expired
            }
        } catch let error where !(error is DatabaseError) {
            entry.delivery.condemn(now: now)
            report.dead[entry.id] = .corrupt
        }
        try store(entry, was: before)
        try followUp(entry)
    }

    /// The functions that may run and have something ready, in turn, with what could be taken.
    private func demands(
        _ request: ClaimRequest,
        among functions: [FunctionName]
    ) throws -> [(function: FunctionName, sequences: [Int64])] {
        let ready = functions.filter { request.allowances[$0]?.count ?? 0 > 0 }
        return try books.fairShare.order(ready).prefix(request.limit).map { function in
            let count = min(request.limit, request.allowances[function]?.count ?? 0)
            let sequences = try Int64.fetchAll(
                database.cachedStatement(
                    sql: """
                        select sequence from entries where phase = 0 and function = ?
                        order by priority desc, sequence limit ?
                        """
                ),
                arguments: [function.description, count]
            )
            return (function, sequences)
        }
    }

    /// The functions with something ready: a step along the index for each, however much waits.
    private func readyFunctions() throws -> [FunctionName] {
        let names = try DatabaseValue.fetchAll(
            database.cachedStatement(
                sql: """
                    with recursive found (name) as (
                        select min(function) from entries where phase = 0
                        union all
                        select (select min(function) from entries
                                where phase = 0 and function > found.name)
                        from found where found.name is not null
                    )
                    select name from found where name is not null
                    """
            )
        )
        return names.compactMap { value in
            // A damaged name is found by the check; it must not stop the others.
            guard let name = String.fromDatabaseValue(value) else { return nil }
            do { return try FunctionName(name) } catch { return nil }
        }
    }

    /// Takes leases away that ended, but for those that whoever asks still holds: it runs, and a clock
    /// that was set forward lets the next claim come before the renewals.
    private mutating func abandonLateLeases(
        _ report: inout ClaimReport,
        but holding: Set<InvocationID>
    ) throws {
        let late = try EntryRow.fetch(
            database,
            where: "phase = 3 and due <= ? order by due limit ?",
            [now.nanoseconds, Self.dueBatch + holding.count]
        )
        for var entry in late where !holding.contains(entry.id) {
            try abandon(&entry) { $0.abandon(now: $1) }
            if entry.delivery.phase == .dead { report.dead[entry.id] = entry.delivery.reason }
        }
    }

    private mutating func abandon(
        _ entry: inout EntryRow,
        _ change: (inout Delivery, WallTime) -> Void
    ) throws {
        let before = entry.delivery.phase
        if entry.isIntact {
            change(&entry.delivery, now)
        } else {
            entry.delivery.condemn(now: now)
        }
        try store(entry, was: before)
        try followUp(entry)
    }

    private mutating func promoteDue() throws {
        let due = try EntryRow.fetch(
            database,
            where: "phase = 1 and due <= ? order by due limit ?",
            [now.nanoseconds, Self.dueBatch]
        )
        for var entry in due {
            let before = entry.delivery.phase
            if entry.isIntact {
                entry.delivery.promote(now: now)
            } else {
                entry.delivery.condemn(now: now)
            }
            try store(entry, was: before)
        }
    }

    private func nextDue() throws -> WallTime? {
        let delayed = try database.number("select min(due) from entries where phase = 1")
        // Those that are late and still here are their holder's to renew or to end.
        let leased = try database.number(
            "select min(due) from entries where phase = 3 and due > ?",
            [now.nanoseconds]
        )
        return [delayed, leased].compactMap { $0 }.min().map(WallTime.init(nanoseconds:))
    }
}
