/// What a declared schedule means, but for its zone's clocks, which lie in a file.
public struct ScheduleRules: Sendable, Hashable {
    /// When it is due.
    public var expression: CronExpression
    /// The name of its time zone.
    public var zone = "UTC"
    /// What happens to times of day that a change of the clocks skips.
    public var changes = ClockChangePolicy.vixie
    /// What happens when the run before is still going.
    public var overlap = OverlapPolicy.forbid
    /// What happens to ticks that were missed.
    public var catchUp = CatchUpPolicy.last
    /// How late a tick may still be started; `nil` for no limit.
    public var startingDeadline: Duration?
    /// By how much each tick is late at most.
    public var jitter = Duration.zero
    /// The first and the last instant there may be, in seconds since 1970.
    public var bounds: ClosedRange<Int64> = 0...Timetable.end
}

/// What happens when a tick is due and the run before is still going.
public enum OverlapPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// The tick is skipped.
    case forbid
    /// Both run.
    case allow
    /// The tick waits for its turn.
    case queue
    /// The run before is cancelled.
    case replace
}

/// What happens to ticks that were missed while the host was down, suspended or far too late.
public enum CatchUpPolicy: Sendable, Hashable {
    /// Nothing but a note.
    case none
    /// The last one runs, late.
    case last
    /// The last ones run, so many at most, one after the other also where runs may overlap.
    case all(max: Int)

    /// The most that `all` may name.
    public static let most = 1_000

    /// Reads `none`, `last` or `all(n)`; `nil` for anything else.
    public init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "last": self = .last
        default:
            guard text.hasPrefix("all("), text.hasSuffix(")"),
                let count = Int(text.dropFirst(4).dropLast()), (1...Self.most).contains(count)
            else { return nil }
            self = .all(max: count)
        }
    }

    /// The policy as declarations write it.
    public var text: String {
        switch self {
        case .none: "none"
        case .last: "last"
        case .all(let count): "all(\(count))"
        }
    }

    /// How many of so many run.
    public func count(of missed: Int) -> Int {
        switch self {
        case .none: 0
        case .last: min(missed, 1)
        case .all(let count): min(missed, count)
        }
    }
}

/// A schedule that can't be, in a sentence.
public struct ScheduleProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String
    /// What of the declaration it is about; `nil` for all of it.
    public var key: ScheduleEdit.Key?
    /// Which of its function's schedules it is about, from 0.
    public var number = 0

    /// Describes a problem.
    public init(_ description: String, of key: ScheduleEdit.Key? = nil) {
        self.description = description
        self.key = key
    }
}

extension CronTriggerDeclaration {
    /// What is declared.
    ///
    /// - Throws: `ScheduleProblem` with the first mistake and its place.
    public func rules() throws(ScheduleProblem) -> ScheduleRules {
        var rules: ScheduleRules
        do {
            let expression = try CronExpression(expression)
            try expression.checkThatItComes()
            rules = ScheduleRules(expression: expression)
        } catch { throw ScheduleProblem(error.description, of: .expression) }
        if let timeZone {
            guard ZoneRules.isName(timeZone) else {
                throw ScheduleProblem(
                    "'\(timeZone.prefix(80))' is no name of a time zone: write one as Europe/Berlin",
                    of: .timeZone
                )
            }
            rules.zone = timeZone
        }
        rules.changes = try Self.word(dst, .dst) ?? rules.changes
        rules.overlap = try Self.word(overlap, .overlap) ?? rules.overlap
        if let catchUp {
            guard let policy = CatchUpPolicy(catchUp) else {
                throw ScheduleProblem(
                    "'\(catchUp.prefix(80))' doesn't do for catchUp: write none, last or all(n), "
                        + "n up to \(CatchUpPolicy.most)",
                    of: .catchUp
                )
            }
            rules.catchUp = policy
        }
        rules.startingDeadline = try Self.duration(startingDeadline, .startingDeadline)
        rules.jitter = try Self.duration(jitter, .jitter) ?? .zero
        let first = try Self.instant(starts, .starts) ?? rules.bounds.lowerBound
        let last = try Self.instant(ends, .ends) ?? rules.bounds.upperBound
        guard first <= last else { throw ScheduleProblem("it ends before it starts", of: .ends) }
        rules.bounds = first...last
        return rules
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String?,
        _ key: ScheduleEdit.Key
    ) throws(ScheduleProblem) -> Word? {
        guard let text else { return nil }
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        throw ScheduleProblem(
            "'\(text.prefix(80))' doesn't do for \(key): write one of \(known)",
            of: key
        )
    }

    /// The longest that a jitter or a starting deadline may be.
    private static let longest = 366 * 86_400_000

    private static func duration(
        _ text: String?,
        _ key: ScheduleEdit.Key
    ) throws(ScheduleProblem) -> Duration? {
        guard let text else { return nil }
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        if let count = Int(digits),
            let unit = units.first(where: { $0.0 == text[digits.endIndex...] })
        {
            let (value, isBeyond) = count.multipliedReportingOverflow(by: unit.1)
            if !isBeyond, value <= longest { return .milliseconds(value) }
        }
        throw ScheduleProblem(
            "'\(text.prefix(80))' doesn't do for \(key): write 500ms, 30s, 5m, 2h or 1d, up to 366d",
            of: key
        )
    }

    private static func instant(
        _ text: String?,
        _ key: ScheduleEdit.Key
    ) throws(ScheduleProblem) -> Int64? {
        guard let text else { return nil }
        guard let instant = UTCInstant.seconds(text), (0...Timetable.end).contains(instant) else {
            throw ScheduleProblem(
                "'\(text.prefix(80))' doesn't do for \(key): write an instant as 2030-01-31T12:00:00Z",
                of: key
            )
        }
        return instant
    }
}
