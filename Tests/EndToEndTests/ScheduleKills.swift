import Foundation
import FunctionModel
import SeededRandom

/// Some kills of schedules in a row on one file, and what the ledger and those who ran say of every
/// tick at the end.
struct ScheduleKills {
    /// Where a life ends, beside random moments.
    static let places = [
        "beforeCommit", "afterCommit", "claiming", "claimed", "holding", "settling", "settled",
    ]

    /// What came of some kills.
    struct Result: Sendable {
        var kills = 0
        var ticks = 0
        var runs = 0
        var repeated = 0
        /// Sentences; none is what is wanted.
        var problems: [String] = []

        mutating func add(_ other: Result) {
            kills += other.kills
            ticks += other.ticks
            runs += other.runs
            repeated += other.repeated
            problems += other.problems
        }
    }

    private let workshop: Workshop
    private var random: SeededGenerator
    private var result = Result()
    /// How often each attempt of an invocation began.
    private var runs: [Substring: Int] = [:]
    private var schedules: [(name: Substring, anchor: Int64, cursor: Int64)] = []
    private var ticks: [Substring: [Int64: Substring]] = [:]

    private var file: String { workshop.directory.appending(path: "ticks.sqlite").path }

    /// Kills so often, and looks at what is left.
    static func run(_ count: Int, seed: UInt64) throws -> Result {
        var kills = try ScheduleKills(seed: seed)
        defer { kills.workshop.remove() }
        while kills.result.kills < count, kills.result.problems.count < 10 { try kills.live() }
        try kills.finish()
        return kills.result
    }

    private init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        workshop = try Workshop()
    }

    /// One life, from its start to its kill; most end about the full second, when ticks are decided.
    private mutating func live() throws {
        let place = Bool.random(using: &random) ? Self.places.randomElement(using: &random) : nil
        let passes = Int.random(in: 1...6, using: &random)
        let moment = Int.random(in: 0...250, using: &random)
        var victim = try VictimProcess(
            [file, "ticks"],
            failpoint: place.map { "\($0):\(passes)" }
        )
        _ = victim.read(until: "ready", within: 10_000)
        let isOver = victim.read(until: nil, within: place == nil ? moment : 1_100)
        let status = victim.end(killing: !isOver)
        guard status & 0x7f == SIGKILL else {
            result.problems.append("it ended by itself: \(status), \(victim.lines.suffix(3))")
            return
        }
        result.kills += 1
        note(victim.lines)
    }

    private mutating func note(_ lines: [Substring]) {
        for line in lines {
            let words = line.split(separator: " ")
            switch words.first {
            case "run": runs[words[1] + "#" + words[2], default: 0] += 1
            case "schedule":
                schedules.append((words[1], Int64(words[2]) ?? 0, Int64(words[3]) ?? 0))
            case "tick":
                if words[3] != "1" || words[4] != "fired" {
                    result.problems.append("a tick wasn't made up for: \(line)")
                }
                ticks[words[1], default: [:]][Int64(words[2]) ?? 0] = words[5]
            case "finding", "damage", "refused", "early": result.problems.append(String(line))
            default: break
            }
        }
    }

    private mutating func finish() throws {
        var victim = try VictimProcess([file, "ticked"], input: open("/dev/null", O_RDONLY))
        guard victim.end(killing: false) == 0 else {
            return result.problems.append("the last life failed: \(victim.lines.suffix(3))")
        }
        note(victim.lines)
        if schedules.count != 20 {
            result.problems.append("\(schedules.count) schedules are there")
        }
        for schedule in schedules { check(schedule) }
        for (run, count) in runs where count > 1 {
            result.problems.append("\(run) began \(count) times")
        }
        let ran = Set(runs.keys.map { $0.prefix { $0 != "#" } })
        result.runs = runs.count
        result.repeated = runs.count - ran.count
        let fired = ticks.values.flatMap(\.values)
        result.ticks = fired.count
        if Set(fired).count != fired.count { result.problems.append("two ticks share a run") }
        for run in fired where !ran.contains(run) { result.problems.append("\(run) never ran") }
        for run in ran.subtracting(fired) { result.problems.append("\(run) ran for no tick") }
    }

    /// Every instant of a schedule, counted here by the second, has one fate.
    private mutating func check(_ schedule: (name: Substring, anchor: Int64, cursor: Int64)) {
        let number = Int(schedule.name.split(separator: ".").last ?? "") ?? 1
        let (first, last) = (schedule.anchor / 1_000_000_000, schedule.cursor / 1_000_000_000)
        let due = (first...max(first, last)).dropFirst().filter { second in
            switch (number - 1) % 4 {
            case 0, 2: true
            case 1: second % 2 == 0
            default: (second - first) % 3 == 0
            }
        }
        let decided = Set((ticks[schedule.name] ?? [:]).keys.map { $0 / 1_000_000_000 })
        for second in Set(due).symmetricDifference(decided).sorted().prefix(3) {
            let what = decided.contains(second) ? "was never due" : "has no fate"
            result.problems.append("\(schedule.name)@\(second) \(what)")
        }
    }
}
