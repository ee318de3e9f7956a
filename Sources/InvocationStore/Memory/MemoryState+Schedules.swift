internal import FunctionModel

/// How far schedules have come, and what became of their ticks.
struct MemorySchedules: Sendable {
    var entries: [String: ScheduleEntry] = [:]
    var ticks: [String: [WallTime: TickEntry]] = [:]
    /// The last instant of each schedule that ever had a fate.
    var highest: [String: WallTime] = [:]

    /// The fate of a tick, be it as one of many; `nil` when it has none yet.
    func fate(of tick: TickDecision, _ name: String) -> TickFate? {
        guard let highest = highest[name], tick.instant <= highest, let all = ticks[name]
        else { return nil }
        if let same = all[tick.instant] { return same.fate }
        // What an operator asks for lies between others, and is none of them.
        guard !tick.isManual else { return nil }
        return all.values.first {
            $0.count > 1 && $0.since <= tick.since && tick.instant <= $0.instant
        }?.fate
    }
}

extension MemoryStore {
    func schedules() async throws(StoreError) -> [ScheduleEntry] {
        try with { state, _ in state.schedules.entries.values.sorted { $0.name < $1.name } }
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        try with { state, now throws(StoreError) in
            for change in changes {
                try StoreBounds.check(change)
                for tick in change.ticks {
                    if let run = tick.run { try StoreBounds.check(run) }
                }
            }
            var verdicts: [ScheduleVerdict] = []
            for change in changes {
                verdicts.append(try state.decide(change, bounds, now: now))
            }
            return verdicts
        }
    }

    func ticks(
        of schedule: String,
        before: WallTime?,
        limit: Int
    ) async throws(StoreError) -> [TickEntry] {
        try with { state, _ in
            let all = (state.schedules.ticks[schedule] ?? [:]).values
            let earlier = all.filter { $0.instant < before ?? .never }
            let sorted = earlier.sorted { $0.instant > $1.instant }
            return Array(sorted.prefix(StoreBounds.page(limit)))
        }
    }
}

extension MemoryState {
    fileprivate mutating func decide(
        _ change: ScheduleChange,
        _ bounds: QueueBounds,
        now: WallTime
    ) throws(StoreError) -> ScheduleVerdict {
        // Nothing here takes long enough to be done ahead.
        guard !change.isEarly(now) else { return .early }
        let present = schedules.entries[change.entry.name]
        guard present?.cursor == change.expected else { return .stale(present) }
        var entry = change.entry
        entry.last = present?.last
        entry.missed = present?.missed ?? 0
        var outcomes: [TickOutcome] = []
        for tick in change.ticks {
            if let fate = schedules.fate(of: tick, entry.name) {
                outcomes.append(TickOutcome(fate, isKnown: true))
                continue
            }
            let outcome = try outcome(of: tick, &entry, bounds, now: now)
            var kept = TickEntry(tick, outcome.fate, decided: now)
            if outcome.fate == .fired { kept.invocation = entry.last }
            schedules.ticks[entry.name, default: [:]][tick.instant] = kept
            schedules.highest[entry.name] = max(
                schedules.highest[entry.name] ?? tick.instant,
                tick.instant
            )
            outcomes.append(outcome)
        }
        schedules.entries[entry.name] = entry
        if let count = change.keeping { prune(entry.name, keeping: count) }
        return .made(entry, outcomes)
    }

    private mutating func outcome(
        of tick: TickDecision,
        _ entry: inout ScheduleEntry,
        _ bounds: QueueBounds,
        now: WallTime
    ) throws(StoreError) -> TickOutcome {
        guard tick.fate == .fired, let run = tick.run else {
            entry.missed += tick.fate == .disabled ? 0 : tick.count
            return TickOutcome(tick.fate)
        }
        let before = entry.last.flatMap { id in
            shelf.entries[id].map { !$0.delivery.phase.isOver } == true ? id : nil
        }
        if before != nil, case .forbid = tick.overlap {
            entry.missed += tick.isManual ? 0 : 1
            return TickOutcome(.overlapSkipped)
        }
        switch try enqueue([run], bounds: bounds, allOrNone: false, now: now).first {
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
        _ = try cancel(before, now: now)
        return TickOutcome(.fired, replaced: before)
    }

    private mutating func prune(_ name: String, keeping count: Int) {
        let kept = schedules.ticks[name] ?? [:]
        for instant in kept.keys.sorted(by: >).dropFirst(count) {
            schedules.ticks[name]?[instant] = nil
        }
    }

    mutating func removeTicks(_ policy: RetentionPolicy, now: WallTime) -> Int {
        let limit = now - policy.tickAge
        var count = 0
        for (name, ticks) in schedules.ticks {
            for tick in ticks.values where tick.decided <= limit && count < policy.batch {
                schedules.ticks[name]?[tick.instant] = nil
                count += 1
            }
        }
        schedules.entries = schedules.entries.filter { !$1.isRetired || $1.cursor > limit }
        return count
    }
}
