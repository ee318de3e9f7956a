internal import FunctionModel

/// All schedules of a host: which is due next, and what is being decided; a value.
///
/// **Invariant:** of a schedule at most one change is under way.
struct CronState: Sendable {
    /// What was asked of the ledger.
    struct Asked: Sendable {
        var change: ScheduleChange
        var wish: ScheduleState.Wish?
    }

    /// With so many ticks a commit is full; one schedule's may go beyond.
    static let ticksAtOnce = 1_000

    let zones: ZoneLibrary
    /// When the host was started.
    let start: WallTime
    private(set) var schedules: [String: ScheduleState] = [:]
    /// What the ledger has of schedules that aren't in force.
    private var others: [String: ScheduleEntry] = [:]
    private var heap = DueHeap<String, WallTime>()
    private var deciding: Set<String> = []
    private var retiring: [String] = []
    /// Those whose schedules aren't given up while they are away.
    private var awaited = AwaitedFunctions()
    private(set) var isLoaded = false
    private var isStarting = true
    private(set) var isDraining = false

    init(zones: ZoneLibrary, start: WallTime) {
        self.zones = zones
        self.start = start
    }

    /// Takes in what the ledger has.
    mutating func load(_ entries: [ScheduleEntry]) {
        for entry in entries { others[entry.name] = entry }
        isLoaded = true
    }

    /// Nothing is decided from now on.
    mutating func drain() { isDraining = true }

    /// Lays down which schedules are in force.
    ///
    /// With `isComplete` those that aren't among them are given up, but for those of functions that
    /// are awaited; before, their plugins may be yet to come.
    mutating func declare(
        _ plans: [SchedulePlan],
        isComplete: Bool,
        awaiting: AwaitedFunctions = AwaitedFunctions(),
        now: WallTime
    ) {
        let names = Set(plans.map(\.name))
        for plan in plans where schedules[plan.name]?.follow(plan) != true {
            let before = schedules[plan.name]
            let stored = before?.stored ?? others.removeValue(forKey: plan.name)
            var schedule = ScheduleState(
                plan,
                stored: stored,
                now: now,
                start: isStarting && before == nil ? start : nil
            )
            schedule.wishes = before?.wishes ?? []
            schedule.doubtful = before?.doubtful
            schedules[plan.name] = schedule
            come(plan.name)
        }
        guard isComplete else { return }
        isStarting = false
        awaited = awaiting
        for (name, schedule) in schedules where !names.contains(name) {
            schedules[name] = nil
            heap.put(name, at: nil)
            if let stored = schedule.stored { others[name] = stored }
        }
        retiring = others.values.filter { !$0.isRetired }.map(\.name)
    }

    /// Has an operator's wish granted; false when there is no such schedule.
    mutating func wish(_ wish: ScheduleState.Wish, of name: String) -> Bool {
        guard schedules[name] != nil, isLoaded, !isDraining else { return false }
        schedules[name]?.wishes.append(wish)
        come(name)
        return true
    }

    /// Whether a schedule isn't in force any more, and nothing of it is being decided.
    func isLost(_ name: String) -> Bool { schedules[name] == nil && !deciding.contains(name) }

    /// The clock was set.
    mutating func clockWasSet(now: WallTime) {
        for name in schedules.keys {
            schedules[name]?.clockWasSet(now: now)
            come(name)
        }
    }

    /// When something is to be decided; `nil` for never.
    func due() -> WallTime? {
        guard isLoaded, !isDraining else { return nil }
        if retiring.contains(where: { !deciding.contains($0) }) { return WallTime(nanoseconds: 0) }
        return heap.first
    }

    /// What is to be asked of the ledger now, so many changes at most, and fewer where many ticks were
    /// missed.
    mutating func take(now: WallTime, limit: Int) -> [Asked] {
        guard isLoaded, !isDraining else { return [] }
        var asked = retire(now: now, limit: limit)
        var ticks = asked.count
        while asked.count < limit, ticks < Self.ticksAtOnce, let name = heap.take(dueBy: now) {
            guard let step = schedules[name]?.step(now: now, zones: zones)
            else {
                // What is due has a step, unless it was only looked at; should it have none, it is
                // looked at again a second later.
                let due = schedules[name]?.due
                heap.put(name, at: due.map { $0 > now ? $0 : now + .seconds(1) })
                continue
            }
            deciding.insert(name)
            asked.append(Asked(change: step.change, wish: step.wish))
            ticks += step.change.ticks.count
        }
        return asked
    }

    private mutating func retire(now: WallTime, limit: Int) -> [Asked] {
        var asked: [Asked] = []
        while asked.count < limit, let name = retiring.popLast() {
            guard var entry = others[name], !entry.isRetired, !deciding.contains(name) else {
                continue
            }
            // It will be asked for again, or given up with the next declaration.
            guard !awaited.contains(entry.function) else { continue }
            let ticks = ScheduleState.undecided(entry, through: now, zones: zones)
            let expected = entry.cursor
            entry.isRetired = true
            entry.cursor = max(entry.cursor, now)
            deciding.insert(name)
            asked.append(Asked(change: ScheduleChange(entry, expected: expected, ticks: ticks)))
        }
        return asked
    }

    /// The ledger has answered.
    mutating func answered(_ asked: [Asked], _ verdicts: [ScheduleVerdict]) {
        for (asked, verdict) in zip(asked, verdicts) {
            let name = asked.change.entry.name
            deciding.remove(name)
            let entry: ScheduleEntry?
            switch verdict {
            case .made(let made, _): entry = made
            case .stale(let other): entry = other
            case .early:
                // The clock was set back: it is decided anew when it is due.
                come(name)
                continue
            }
            if schedules[name] != nil {
                schedules[name]?.stands(at: entry)
                if case .stale = verdict, let wish = asked.wish {
                    schedules[name]?.wishes.insert(wish, at: 0)
                }
                come(name)
            } else {
                others[name] = entry.flatMap { $0.isRetired ? nil : $0 }
                if others[name] != nil { retiring.append(name) }
            }
        }
    }

    /// The ledger refused, or it isn't known what it did: all is decided anew.
    mutating func failed(_ asked: [Asked]) {
        for asked in asked {
            let name = asked.change.entry.name
            deciding.remove(name)
            if let wish = asked.wish {
                schedules[name]?.wishes.insert(wish, at: 0)
                if wish == .run { schedules[name]?.doubtful = asked.change.ticks.first }
            }
            if schedules[name] == nil { retiring.append(name) } else { come(name) }
        }
    }

    private mutating func come(_ name: String) {
        guard !deciding.contains(name) else { return }
        heap.put(name, at: schedules[name]?.due)
    }
}
