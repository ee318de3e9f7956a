internal import FunctionModel

/// What becomes of ticks that nobody decided at their time.
extension ScheduleState {
    /// Whether a tick would start later than it may.
    func isTooLate(_ instant: WallTime, now: WallTime) -> Bool {
        plan.rules.startingDeadline.map { now > instant + delay + $0 } ?? false
    }

    /// What becomes of ticks while the host wasn't there: the last ones may run, one after the other.
    func missed(
        after cursor: Int64,
        through last: Int64,
        _ before: Int,
        now: WallTime
    ) -> [TickDecision] {
        let total = timetable.count(after: cursor, through: last)
        let running = plan.rules.catchUp.count(of: total)
        let latest = timetable.latest(
            running + min(total - running, Self.listed),
            after: cursor,
            through: last
        )
        // What the clocks skip can't run, and takes nobody's place.
        let runs = latest.indices.filter { !latest[$0].isSkipped }.suffix(running)
        var decisions: [TickDecision] = []
        if total > latest.count, let first = latest.first?.seconds,
            let many = Self.many(timetable, after: cursor, through: first - 1)
        {
            decisions.append(TickDecision(many.range, count: many.count, .downMissed))
        }
        var count = before + total - latest.count
        for (index, tick) in latest.enumerated() {
            let instant = WallTime(wholeSeconds: tick.seconds)
            let decision: TickDecision
            if tick.isSkipped {
                decision = TickDecision(instant, .dstSkipped)
            } else if !runs.contains(index) {
                decision = TickDecision(instant, .downMissed)
            } else if isTooLate(instant, now: now) {
                decision = TickDecision(instant, .deadlineSkipped)
            } else {
                var run = TickRun(plan: plan, instant: instant, now: now, missed: count)
                run.isPastDue = true
                decision = TickDecision(instant, .fired, run: run.invocation)
            }
            count = decision.fate == .fired ? 0 : count + 1
            decisions.append(decision)
        }
        return decisions
    }

    /// What becomes of the ticks up to a time of a schedule that ends or begins anew: none of them runs.
    static func undecided(
        _ entry: ScheduleEntry,
        through last: WallTime,
        zones: ZoneLibrary
    ) -> [TickDecision] {
        guard !entry.isRetired, let timetable = SchedulePlan.timetable(of: entry, zones: zones),
            let missed = many(
                timetable,
                after: entry.cursor.wholeSeconds,
                through: last.wholeSeconds
            )
        else { return [] }
        let fate = entry.isEnabled ? TickFate.downMissed : .disabled
        return [TickDecision(missed.range, count: missed.count, fate)]
    }

    /// The ticks of a time, as one; `nil` when there are none.
    static func many(
        _ timetable: Timetable,
        after first: Int64,
        through last: Int64
    ) -> (range: ClosedRange<WallTime>, count: Int)? {
        guard let start = timetable.next(after: first)?.seconds, start <= last else { return nil }
        let end = timetable.latest(1, after: first, through: last).last?.seconds ?? start
        return (
            WallTime(wholeSeconds: start)...WallTime(wholeSeconds: max(start, end)),
            timetable.count(after: first, through: last)
        )
    }
}
