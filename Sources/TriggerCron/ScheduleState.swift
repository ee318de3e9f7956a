internal import FunctionModel

/// One schedule: decides what becomes of its ticks; a value without store, threads or clock.
///
/// **Invariant:** the cursor only moves on together with a fate for every tick that it passes, and
/// back only after a correction of the clock.
struct ScheduleState: Sendable {
    /// What an operator wants of it.
    enum Wish: Sendable, Hashable {
        case enable
        case disable
        case run
    }

    /// What it wants to be done.
    struct Step: Sendable {
        var change: ScheduleChange
        /// The wish that the change grants.
        var wish: Wish?
    }

    /// How late the host may be before a tick counts as missed.
    static let patience = Duration.seconds(60)
    /// A clock that was set back further was wrong before.
    static let largestSetback = Duration.seconds(3 * 3_600)
    /// How many missed ticks have an entry of their own.
    static let listed = 100

    private(set) var plan: SchedulePlan
    /// What the ledger has; `nil` before it has anything.
    private(set) var stored: ScheduleEntry?
    private(set) var timetable: Timetable
    private(set) var next: Timetable.Instant?
    /// The host has been there since; what was due before was missed.
    private(set) var watched: WallTime
    /// When the host was started, where the schedule is due at that and it isn't decided yet.
    private var start: WallTime?
    /// The instant that stands for that start, once it was asked for.
    private var startTick: WallTime?
    /// Whether the clock was set since the last decision: the cursor may be far away now.
    private var needsLook = false
    var wishes: [Wish] = []
    /// The run by hand of which it isn't known whether the ledger took it; the next one is the same.
    var doubtful: TickDecision?
    /// Ticks in its entries since the last time old ones were removed.
    private var unpruned = 0
    let delay: Duration
    /// The latest run by hand, in milliseconds since 1970.
    private var byHand: Int64 = 0

    /// A schedule that comes into force.
    ///
    /// - Parameters:
    ///   - plan: What is declared.
    ///   - stored: What the ledger has of it.
    ///   - now: The time.
    ///   - start: The host's start, while it goes on.
    init(_ plan: SchedulePlan, stored: ScheduleEntry?, now: WallTime, start: WallTime?) {
        self.plan = plan
        self.stored = stored
        watched = now
        delay = plan.delay
        let isKept = stored?.declaration == plan.declaration && stored?.isRetired == false
        timetable = plan.timetable(anchor: isKept ? stored?.anchor ?? now : now)
        if isOfStarts { self.start = start }
        // One that begins anew shows from now on what it will be due at.
        if isKept { lookForNext() } else { next = timetable.next(after: now.wholeSeconds) }
    }

    /// Whether the declaration differs from the one that the ledger has.
    var isEdited: Bool { stored?.declaration != plan.declaration || stored?.isRetired == true }

    /// Whether it is due at starts of the host, and at no other time.
    private var isOfStarts: Bool {
        if case .reboot = plan.rules.expression.meaning { true } else { false }
    }

    /// When something is to be decided; `nil` for never.
    var due: WallTime? {
        if isEdited || needsLook || !wishes.isEmpty || start != nil {
            return WallTime(nanoseconds: 0)
        }
        return next.map { WallTime(wholeSeconds: $0.seconds) + delay }
    }

    /// The same schedule with limits and delivery as they are declared now; false when it's edited.
    mutating func follow(_ plan: SchedulePlan) -> Bool {
        guard plan.declaration == self.plan.declaration, plan.zone == self.plan.zone else {
            return false
        }
        self.plan = plan
        return true
    }

    /// The clock was set: what lies before now was missed, however short ago.
    mutating func clockWasSet(now: WallTime) {
        watched = now
        needsLook = true
    }

    /// The ledger has done what was asked, or has something else.
    mutating func stands(at entry: ScheduleEntry?) {
        stored = entry
        if let entry { timetable = plan.timetable(anchor: entry.anchor) }
        if let startTick, let entry, entry.cursor >= startTick { start = nil }
        lookForNext()
    }

    private mutating func lookForNext() {
        next = stored.flatMap { timetable.next(after: $0.cursor.wholeSeconds) }
    }

    // MARK: Deciding

    /// What is to be done now; `nil` when nothing is.
    mutating func step(now: WallTime, zones: ZoneLibrary) -> Step? {
        needsLook = false
        guard var entry = stored, !isEdited else {
            return Step(change: comingIntoForce(now: now, zones: zones))
        }
        let expected = entry.cursor
        // Starts wait for no clock, and are named in order.
        if !isOfStarts, entry.cursor > now + Self.largestSetback {
            entry.cursor = now
            return Step(change: ScheduleChange(entry, expected: expected))
        }
        if let wish = wishes.first {
            wishes.removeFirst()
            let ticks = grant(wish, &entry, now: now)
            return Step(change: ScheduleChange(entry, expected: expected, ticks: ticks), wish: wish)
        }
        let ticks = decided(&entry, now: now)
        guard entry.cursor != expected else { return nil }
        var change = ScheduleChange(entry, expected: expected, ticks: ticks)
        unpruned += ticks.count
        if unpruned >= 64 {
            change.keeping = 1_000
            unpruned = 0
        }
        return Step(change: change)
    }

    /// It begins here and now: nothing of the past is due, and what was declared before has missed
    /// what it hasn't decided.
    private func comingIntoForce(now: WallTime, zones: ZoneLibrary) -> ScheduleChange {
        var entry = ScheduleEntry(
            name: plan.name,
            function: plan.function,
            declaration: plan.declaration,
            at: now
        )
        if let start {
            let before = WallTime(nanoseconds: start.wholeSeconds * 1_000_000_000 - 1)
            entry.cursor = max(before, stored?.cursor ?? before)
        }
        guard let stored else { return ScheduleChange(entry, expected: nil) }
        entry.isEnabled = stored.isEnabled
        let ticks = Self.undecided(stored, through: now, zones: zones)
        return ScheduleChange(entry, expected: stored.cursor, ticks: ticks)
    }

    private mutating func grant(
        _ wish: Wish,
        _ entry: inout ScheduleEntry,
        now: WallTime
    ) -> [TickDecision] {
        switch wish {
        case .enable:
            guard !entry.isEnabled else { return [] }
            // What was due while it was off never runs.
            let ticks = decided(&entry, now: now)
            entry.isEnabled = true
            return ticks
        case .disable:
            entry.isEnabled = false
            return []
        case .run:
            if let tick = doubtful {
                doubtful = nil
                return [tick]
            }
            let instant = instantByHand(now)
            var run = TickRun(plan: plan, instant: instant, now: now, missed: entry.missed)
            run.isManual = true
            var tick = TickDecision(instant, .fired, run: run.invocation, overlap: overlap)
            tick.isManual = true
            return [tick]
        }
    }

    /// The instant that names a run by hand, to the millisecond: no other one's, and no tick's, which are
    /// whole seconds.
    private mutating func instantByHand(_ now: WallTime) -> WallTime {
        byHand = max(now.nanoseconds / 1_000_000, byHand + 1)
        if byHand % 1_000 == 0 { byHand += 1 }
        return WallTime(nanoseconds: byHand * 1_000_000)
    }

    private var overlap: TickDecision.Overlap {
        switch plan.rules.overlap {
        case .forbid: .forbid
        case .allow, .queue: .allow
        case .replace: .replace
        }
    }

    /// Decides what is due: all that was missed, or else the next tick; moves the cursor on.
    private mutating func decided(_ entry: inout ScheduleEntry, now: WallTime) -> [TickDecision] {
        if let start {
            // By a clock that went before the latest start this one is the second after that.
            let seconds = max(start.wholeSeconds, entry.cursor.wholeSeconds + 1)
            let instant = WallTime(wholeSeconds: seconds)
            (entry.cursor, startTick) = (instant, instant)
            return entry.isEnabled
                ? [fired(instant, entry.missed, now: now)] : [TickDecision(instant, .disabled)]
        }
        guard let next else { return [] }
        let cursor = entry.cursor.wholeSeconds
        let present = (now - delay).wholeSeconds
        guard next.seconds <= present else { return [] }
        guard entry.isEnabled else {
            guard let many = Self.many(timetable, after: cursor, through: present) else {
                return []
            }
            entry.cursor = many.range.upperBound
            return [TickDecision(many.range, count: many.count, .disabled)]
        }
        let absent = (max(watched, now - Self.patience) - delay).wholeSeconds
        if next.seconds <= absent {
            entry.cursor = WallTime(wholeSeconds: absent)
            return missed(after: cursor, through: absent, entry.missed, now: now)
        }
        let instant = WallTime(wholeSeconds: next.seconds)
        entry.cursor = instant
        if next.isSkipped { return [TickDecision(instant, .dstSkipped)] }
        if isTooLate(instant, now: now) { return [TickDecision(instant, .deadlineSkipped)] }
        var tick = fired(instant, entry.missed, now: now)
        tick.start = instant + delay
        return [tick]
    }

    private func fired(_ instant: WallTime, _ missed: Int, now: WallTime) -> TickDecision {
        let run = TickRun(plan: plan, instant: instant, now: now, missed: missed)
        return TickDecision(instant, .fired, run: run.invocation, overlap: overlap)
    }
}
