internal import FunctionModel
internal import GRDB

extension Session {
    /// What the ticks of changes may claim at once.
    mutating func shareOfTicks(_ changes: [ScheduleChange]) -> TickShare {
        var counts: [FunctionName: Int] = [:]
        for change in changes where change.ticks.count == 1 && change.ticks[0].fate == .fired {
            counts[change.entry.function, default: 0] += 1
        }
        guard taken == nil, !counts.isEmpty,
            // One more than there are: a claim that isn't full leaves nothing behind.
            let request = taker?.wish(for: Set(counts.keys), upTo: changes.count + 1)
        else { return TickShare() }
        return TickShare(request, counts, &books.fairShare)
    }

    /// Hands over what ticks have claimed.
    mutating func took(_ share: TickShare) {
        guard let request = share.request, !share.claimed.isEmpty else { return }
        var report = ClaimReport()
        report.claimed = share.claimed
        taken = TakenReady(request, report)
        taken?.isOfAll = false
    }

    /// Fires a tick and claims what it runs, in one row that is short to write; `nil` when the change is
    /// of another kind, or what it runs has to wait.
    ///
    /// One whose time is yet to come is written as it will be then: nothing of it is before its start.
    mutating func begin(
        _ change: ScheduleChange,
        _ share: inout TickShare
    ) throws -> ScheduleVerdict? {
        guard TickDraft.fits(change), books.ticks.count < TickBooks.most,
            share.hasPlace(for: change.entry.function),
            let known = try schedule(change.entry.name),
            known.entry.cursor == change.expected, known.entry.isOnlyBehind(change.entry),
            // What lies further on may have its fate already.
            change.ticks[0].instant > known.highest
        else { return nil }
        let start = max(now, change.ticks[0].start ?? now)
        guard start == now || share.mayHold && start - now <= StoreBounds.ahead else { return nil }
        let draft = try change.draft as? TickDraft ?? TickDraft(change)
        var delivery = Delivery(draft.run.delivery, now: start, isBlocked: false)
        guard delivery.phase == .ready, try isFree(draft, after: known.entry.last),
            let (holder, duration) = share.take(draft.run.function),
            let lease = delivery.claim(draft.run.id, by: holder, for: duration, now: start)
        else { return nil }
        let begun = BegunTick(draft, decided: start, delivery: delivery)
        try begun.insert(database)
        books.ticks.begin(begun)
        books.enter(draft.function, .leased)
        var claimed = ClaimedInvocation(draft.run, delivery, start, lease)
        claimed.start = start > now ? start : nil
        share.claimed.append(claimed)
        return .made(draft.schedule, [TickOutcome(.fired)])
    }

    /// Whether a tick may run at once: nothing of its function goes before it, and neither the run
    /// before nor its ordering key speaks against it.
    private func isFree(_ draft: TickDraft, after last: InvocationID?) throws -> Bool {
        let depth = books.depths[draft.function] ?? QueueDepth()
        guard depth.waiting == 0 else { return false }
        guard depth.running > 0 else { return true }
        let waitsForLast = if case .allow = draft.overlap { false } else { true }
        let before = waitsForLast ? last : nil
        let key = draft.run.delivery.orderingKey
        guard !books.ticks.contains(before, draft.function, key) else { return false }
        // Where nothing else of the function runs there is nothing to be looked up.
        return try books.ticks.count(of: draft.function) == depth.running
            || unfinished(before) == nil && !isBlocked(draft.function, key)
    }

    /// Puts all ticks in their places that were begun; others read those.
    mutating func placeBegun() throws {
        guard !books.ticks.isEmpty else { return }
        for tick in books.ticks.all { try place(tick) }
        try database.run("delete from begun")
        books.ticks.placed()
    }

    /// Puts ticks in their places that a host which ended left behind; returns how many are damaged.
    func placeLeftBehind() throws -> Int {
        let (ticks, damaged) = try BegunTick.all(database)
        for tick in ticks {
            // It may have been switched off since: what is switched off stays so.
            let present = try ScheduleRow.fetch(database, tick.schedule.name)
            try place(tick, isEnabled: present?.isEnabled ?? true)
        }
        try database.run("delete from begun")
        return damaged
    }

    private func place(_ begun: BegunTick, isEnabled: Bool = true) throws {
        var schedule = begun.schedule
        schedule.isEnabled = isEnabled
        try TickRow.insert(begun.tick, of: begun.schedule.name, database)
        try ScheduleRow.keep(schedule, database)
        if let count = begun.draft.keeping {
            try TickRow.prune(database, begun.schedule.name, keeping: count)
        }
        let sequence = try begun.entry.insert(database)
        try begun.draft.payload.insert(database, sequence: sequence)
        if let claim = begun.draft.claim { try keep(claim, for: begun.draft.run.id, .queued) }
    }

    /// What is known of a schedule; `nil` when there is none, or it is damaged and has to begin anew.
    mutating func schedule(_ name: String) throws -> KnownSchedule? {
        if let known = books.ticks[name] { return known }
        guard let entry = try ScheduleRow.fetch(database, name) else { return nil }
        let highest = try TickRow.highest(database, name) ?? entry.cursor
        let known = KnownSchedule(entry: entry, highest: highest)
        books.ticks.know(known)
        return known
    }
}

extension ScheduleEntry {
    /// Whether another differs in nothing but in how far it has come.
    fileprivate func isOnlyBehind(_ other: ScheduleEntry) -> Bool {
        name == other.name && function == other.function && declaration == other.declaration
            && anchor == other.anchor && isEnabled == other.isEnabled
            && isRetired == other.isRetired
    }
}
