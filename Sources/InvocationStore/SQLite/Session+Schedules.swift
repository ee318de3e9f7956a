internal import FunctionModel
internal import GRDB

extension Session {
    /// Has those ticks begin, or be set up, that nothing speaks against.
    mutating func begin(_ changes: [ScheduleChange]) throws -> [ScheduleVerdict] {
        try Self.check(changes)
        var share = shareOfTicks(changes)
        let verdicts = try changes.map { try begin($0, &share) ?? .early }
        took(share)
        return verdicts
    }

    private static func check(_ changes: [ScheduleChange]) throws {
        for change in changes {
            try StoreBounds.check(change)
            for tick in change.ticks {
                if let run = tick.run { try StoreBounds.check(run) }
            }
        }
    }

    /// Decides ticks, each change for itself.
    mutating func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) throws -> [ScheduleVerdict] {
        try Self.check(changes)
        var share = shareOfTicks(changes)
        let verdicts = try changes.map { change in
            if let verdict = try begin(change, &share) { return verdict }
            guard !change.isEarly(now) else { return .early }
            try placeBegun()
            return try decide(change, bounds)
        }
        took(share)
        return verdicts
    }

    private mutating func decide(
        _ change: ScheduleChange,
        _ bounds: QueueBounds
    ) throws -> ScheduleVerdict {
        let known = try schedule(change.entry.name)
        let present = known?.entry
        guard present?.cursor == change.expected else { return .stale(present) }
        var entry = change.entry
        entry.last = present?.last
        entry.missed = present?.missed ?? 0
        var outcomes: [TickOutcome] = []
        var highest = try known?.highest ?? TickRow.highest(database, entry.name) ?? entry.cursor
        for tick in change.ticks {
            if let fate = try TickRow.fate(database, entry.name, tick) {
                outcomes.append(TickOutcome(fate, isKnown: true))
                continue
            }
            let outcome = try outcome(of: tick, &entry, bounds)
            highest = max(highest, tick.instant)
            var kept = TickEntry(tick, outcome.fate, decided: now)
            if outcome.fate == .fired { kept.invocation = entry.last }
            try TickRow.insert(kept, of: entry.name, database)
            outcomes.append(outcome)
        }
        try ScheduleRow.keep(entry, database)
        books.ticks.know(KnownSchedule(entry: entry, highest: highest))
        if let count = change.keeping {
            try TickRow.prune(database, entry.name, keeping: count)
        }
        return .made(entry, outcomes)
    }

    /// Queues what a tick runs, unless the run before speaks against it.
    private mutating func outcome(
        of tick: TickDecision,
        _ entry: inout ScheduleEntry,
        _ bounds: QueueBounds
    ) throws -> TickOutcome {
        guard tick.fate == .fired, let run = tick.run else {
            entry.missed += tick.fate == .disabled ? 0 : tick.count
            return TickOutcome(tick.fate)
        }
        let before = try unfinished(entry.last)
        if before != nil, case .forbid = tick.overlap {
            entry.missed += tick.isManual ? 0 : 1
            return TickOutcome(.overlapSkipped)
        }
        switch try enqueue([run], bounds: bounds, allOrNone: false).first {
        case .accepted: entry.last = run.id
        case .joined(let id):
            // It ran before, and no row says so any more.
            entry.last = id
            entry.missed = 0
            return TickOutcome(.fired)
        case .mismatch, .queueFull, .withheld, nil:
            entry.missed += tick.isManual ? 0 : 1
            return TickOutcome(.queueFull)
        }
        entry.missed = 0
        guard let before, case .replace = tick.overlap else { return TickOutcome(.fired) }
        _ = try cancel(before)
        return TickOutcome(.fired, replaced: before)
    }

    /// The invocation, where it isn't over.
    func unfinished(_ id: InvocationID?) throws -> InvocationID? {
        guard let id, let entry = try entry(id), entry.isIntact, !entry.delivery.phase.isOver
        else { return nil }
        return id
    }

    /// Removes old ticks, and schedules that were retired long ago.
    mutating func removeTicks(_ policy: RetentionPolicy) throws -> Int {
        let limit = (now - policy.tickAge).nanoseconds
        try database.run(
            """
            delete from ticks where rowid in (select rowid from ticks where decided <= ?
                order by decided limit ?)
            """,
            [limit, policy.batch]
        )
        let count = database.changesCount
        try database.run("delete from schedules where isRetired and cursor <= ?", [limit])
        if database.changesCount > 0 { books.ticks.forget() }
        return count
    }
}
