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
        books.ticks.begin(
            try BegunTick(inserting: draft, decided: start, delivery: delivery, database)
        )
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

    /// Puts ticks in their places that were begun, the first so many; others read those.
    mutating func placeBegun(upTo most: Int = .max) throws {
        guard !books.ticks.isEmpty else { return }
        for tick in books.ticks.first(most) {
            try place(tick)
            try tick.remove(database)
            books.ticks.placed(tick)
        }
    }

    /// Ends what a tick runs that isn't in its places yet: it comes there as it has ended, so that
    /// nothing of it is written twice.
    mutating func settle(
        _ begun: BegunTick,
        _ lease: Lease,
        _ settlement: Settlement
    ) throws {
        var entry = begun.entry
        try entry.delivery.settle(lease, settlement.end, now: now)
        try StoreBounds.check(settlement.result)
        if let error = settlement.result.error { entry.error = try Self.encode(error) }
        try placeTick(begun, onlyForward: true)
        entry.sequence = try entry.insert(database)
        let isDead = entry.delivery.phase == .dead
        if isDead { try begun.draft.payload.insert(database, sequence: entry.sequence) }
        try begun.remove(database)
        books.ticks.placed(begun)
        try moved(entry, from: .leased)
        try keep(settlement.result, of: lease.id, isDead: isDead)
        if let record = settlement.record { try archive(record) }
    }

    /// Puts ticks in their places that a host which ended left behind; returns how many are damaged.
    func placeLeftBehind() throws -> Int {
        let (ticks, damaged) = try BegunTick.all(database)
        for tick in ticks {
            // It may have been switched off since: what is switched off stays so.
            let present = try ScheduleRow.fetch(database, tick.schedule.name)
            try place(tick, isEnabled: present?.isEnabled ?? true, onlyForward: present != nil)
        }
        try database.run("delete from begun")
        return damaged
    }

    private func place(
        _ begun: BegunTick,
        isEnabled: Bool = true,
        onlyForward: Bool = true
    ) throws {
        try placeTick(begun, isEnabled: isEnabled, onlyForward: onlyForward)
        let sequence = try begun.entry.insert(database)
        try begun.draft.payload.insert(database, sequence: sequence)
    }

    /// All but the invocation and its payload.
    ///
    /// A later tick of the schedule may have ended before, and be in its places.
    private func placeTick(
        _ begun: BegunTick,
        isEnabled: Bool = true,
        onlyForward: Bool
    ) throws {
        var schedule = begun.schedule
        schedule.isEnabled = isEnabled
        try TickRow.insert(begun.tick, of: begun.schedule.name, database)
        try ScheduleRow.keep(schedule, database, onlyForward: onlyForward)
        if let count = begun.draft.keeping {
            try TickRow.prune(database, begun.schedule.name, keeping: count)
        }
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
