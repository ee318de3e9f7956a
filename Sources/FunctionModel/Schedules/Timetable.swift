/// What happens to the times of day that a change of the clocks skips.
public enum ClockChangePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// They are due at the change, once, as cron has it; a change of more than three hours is a
    /// correction and skips them.
    case vixie
    /// They are skipped, and recorded so.
    case skip
}

/// The instants that a schedule names: its expression in a time zone, between two dates.
///
/// Times of day that the clocks show twice count the first time; a schedule with a `*` in minute or
/// hour follows the clock instead, in gaps and repetitions alike.
public struct Timetable: Hashable, Sendable {
    /// An instant that a schedule names.
    public struct Instant: Hashable, Sendable {
        /// Seconds since 1970.
        public var seconds: Int64
        /// Whether it stands for times of day that the clocks skip, by the policy `skip`.
        public var isSkipped: Bool
    }

    /// A change of the clocks that skips times of a schedule.
    private struct Gap {
        /// Whether the schedule names the instant of the change by itself.
        var isNamed: Bool
    }

    /// A larger change of the clocks is a correction, which only those times hear of that exist.
    private static let largestChange: Int64 = 3 * 3_600

    /// What is repeated.
    public let expression: CronExpression
    /// Whose clocks are meant.
    public let zone: ZoneRules
    /// What happens when they are changed.
    public let changes: ClockChangePolicy
    /// What intervals are counted from, in seconds since 1970.
    public let anchor: Int64
    /// The first and the last instant there may be.
    public let bounds: ClosedRange<Int64>

    /// Describes a timetable.
    public init(
        _ expression: CronExpression,
        zone: ZoneRules = .utc,
        changes: ClockChangePolicy = .vixie,
        anchor: Int64 = 0,
        bounds: ClosedRange<Int64> = 0...Timetable.end
    ) {
        self.expression = expression
        self.zone = zone
        self.changes = changes
        self.anchor = anchor
        self.bounds = bounds
    }

    /// The end of the year 9999, after which nothing happens.
    public static let end: Int64 = 253_402_300_799

    /// The first instant after another; `nil` when there is none.
    public func next(after time: Int64) -> Instant? {
        let from = max(time, bounds.lowerBound - 1)
        guard from < bounds.upperBound, let found = unbounded(after: from),
            found.seconds <= bounds.upperBound
        else { return nil }
        return found
    }

    private func unbounded(after time: Int64) -> Instant? {
        switch expression.meaning {
        case .reboot: return nil
        case .every(let interval):
            guard time >= anchor else {
                return Instant(seconds: anchor + interval, isSkipped: false)
            }
            let next = anchor + ((time - anchor) / interval + 1) * interval
            return Instant(seconds: next, isSkipped: false)
        case .once(let local): return search(after: time, OneTime(local: local), isFixed: true)
        case .calendar(let pattern): return search(after: time, pattern, isFixed: pattern.isFixed)
        }
    }

    /// Goes from stretch to stretch of the zone's time.
    private func search(
        after time: Int64,
        _ times: some LocalTimes,
        isFixed: Bool
    ) -> Instant? {
        // By clocks of any zone.
        guard times.mayCome(from: time - 200_000) else { return nil }
        var stretch = zone.stretch(at: time)
        var from = time + 1
        while true {
            let start = isFixed ? firstNew(in: stretch, from: from) : from
            let end = min(stretch.end, bounds.upperBound + 1)
            if start < end,
                let local = times.first(from: start + stretch.offset, before: end + stretch.offset)
            {
                return Instant(seconds: local - stretch.offset, isSkipped: false)
            }
            guard stretch.end <= bounds.upperBound else { return nil }
            let next = zone.stretch(at: stretch.end)
            if isFixed, let gap = gap(between: stretch, and: next, times) {
                let isSkipped = changes == .skip && !gap.isNamed
                return Instant(seconds: next.start, isSkipped: isSkipped)
            }
            from = next.start
            stretch = next
            guard !times.areOver(after: from + stretch.offset) else { return nil }
        }
    }

    /// Where the times of a stretch begin that the clocks didn't show before.
    private func firstNew(in stretch: ZoneRules.Stretch, from: Int64) -> Int64 {
        guard stretch.start > .min else { return from }
        let repeated = zone.stretch(at: stretch.start - 1).offset - stretch.offset
        guard repeated > 0, repeated <= Self.largestChange else { return from }
        return max(from, stretch.start + repeated)
    }

    /// The times that the clocks skip between two stretches; `nil` when the schedule names none.
    private func gap(
        between before: ZoneRules.Stretch,
        and after: ZoneRules.Stretch,
        _ times: some LocalTimes
    ) -> Gap? {
        let size = after.offset - before.offset
        guard size > 0, changes == .skip || size <= Self.largestChange else { return nil }
        let start = after.start + before.offset
        guard times.first(from: start, before: start + size) != nil else { return nil }
        return Gap(isNamed: times.first(from: start + size, before: start + size + 1) != nil)
    }
}

extension Timetable {
    /// How many instants there are after one and up to another.
    public func count(after time: Int64, through last: Int64) -> Int {
        let from = max(time, bounds.lowerBound - 1)
        let last = min(last, bounds.upperBound)
        guard from < last else { return 0 }
        switch expression.meaning {
        case .reboot: return 0
        case .every(let interval):
            func count(_ time: Int64) -> Int64 { max(0, (time - anchor) / interval) }
            return Int(count(last) - (from < anchor ? 0 : count(from)))
        case .once: return unbounded(after: from).map { $0.seconds <= last } == true ? 1 : 0
        case .calendar(let pattern): return count(pattern, after: from, through: last)
        }
    }

    private func count(_ pattern: CronPattern, after time: Int64, through last: Int64) -> Int {
        var stretch = zone.stretch(at: time)
        var from = time + 1
        var count = 0
        while true {
            let start = pattern.isFixed ? firstNew(in: stretch, from: from) : from
            let end = min(stretch.end, last + 1)
            count += pattern.count(from: start + stretch.offset, before: end + stretch.offset)
            guard stretch.end <= last else { return count }
            let next = zone.stretch(at: stretch.end)
            if pattern.isFixed, gap(between: stretch, and: next, pattern)?.isNamed == false {
                count += 1
            }
            from = next.start
            stretch = next
        }
    }

    /// The last instants after one and up to another, so many at most, in order.
    public func latest(_ most: Int, after time: Int64, through last: Int64) -> [Instant] {
        var (low, high) = (time, last)
        // Where exactly so many are left.
        if most == 0 {
            low = last
        } else if count(after: time, through: last) > most {
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if count(after: middle, through: last) > most {
                    low = middle
                } else {
                    high = middle
                }
            }
            low = high
        }
        var found: [Instant] = []
        while found.count < most, let instant = next(after: low), instant.seconds <= last {
            found.append(instant)
            low = instant.seconds
        }
        return found
    }
}

/// Times of the clock on the wall, in order.
protocol LocalTimes {
    func first(from time: Int64, before end: Int64) -> Int64?
    /// Whether one comes at or after a time.
    func mayCome(from time: Int64) -> Bool
    /// Whether none comes at or after a time.
    func areOver(after time: Int64) -> Bool
}

/// The only time of a schedule.
struct OneTime: LocalTimes {
    let local: Int64

    func first(from time: Int64, before end: Int64) -> Int64? {
        time <= local && local < end ? local : nil
    }

    func mayCome(from time: Int64) -> Bool { time <= local }

    func areOver(after time: Int64) -> Bool { local < time }
}

extension CronPattern: LocalTimes {
    func mayCome(from time: Int64) -> Bool {
        // The calendar repeats itself after 400 years: what isn't due by then never is.
        let cycle: Int64 = 401 * 366 * 86_400
        return first(from: time, before: time + cycle) != nil
    }

    func areOver(after time: Int64) -> Bool {
        years.map { CivilDay(number: time.floored(by: 86_400)).year > $0.last ?? 0 } ?? false
    }
}
