import Foundation
import SeededRandom

/// Some kills of a queue in a row on one file, at random moments and at named places, and what the
/// ledger outside says of them at the end.
struct QueueKills {
    /// Where a life ends.
    static let places = [
        "beforeCommit", "afterCommit", "acknowledging", "claiming", "claimed", "settling",
        "settled",
        "renewing", "renewed",
    ]

    /// What came of some kills.
    struct Result: Codable, Equatable {
        /// By place; `moment` for those at random moments.
        var kills: [String: Int] = [:]
        var accepted = 0
        var runs = 0
        var repeated = 0
        /// Sentences; none is what is wanted.
        var problems: [String] = []
        /// From each start to the first run, in milliseconds.
        var ready: [Double] = []

        var total: Int { kills.values.reduce(0, +) }

        mutating func add(_ other: Result) {
            kills.merge(other.kills) { $0 + $1 }
            accepted += other.accepted
            runs += other.runs
            repeated += other.repeated
            problems += other.problems
            ready += other.ready
        }
    }

    private let workshop: Workshop
    private var random: SeededGenerator
    private var result = Result()
    private var accepted: Set<Substring> = []
    /// How often each attempt began, and each end was stored.
    private var runs: [Substring: Int] = [:]
    private var ends: [Substring: Int] = [:]

    private var file: String { workshop.directory.appending(path: "queue.sqlite").path }

    /// Kills so often, and looks at what is left.
    static func run(_ count: Int, seed: UInt64) throws -> Result {
        var kills = try QueueKills(seed: seed)
        defer { kills.workshop.remove() }
        while kills.result.total < count { try kills.live() }
        try kills.finish()
        return kills.result
    }

    private init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        workshop = try Workshop()
    }

    /// One life, from its start to its kill.
    private mutating func live() throws {
        let place = Bool.random(using: &random) ? Self.places.randomElement(using: &random) : nil
        let passes = Int.random(in: 1...12, using: &random)
        let moment = Int.random(in: 0...30, using: &random)
        let begun = ContinuousClock.now
        var victim = try VictimProcess(
            [file, "live"],
            failpoint: place.map { "\($0):\(passes)" }
        )
        if victim.read(until: "ready", within: 10_000) {
            result.ready.append(ContinuousClock.now - begun)
        } else if place == nil {
            result.problems.append("it ran nothing within 10 s")
        }
        // A place that isn't passed often enough becomes a moment.
        let isOver = victim.read(until: nil, within: place == nil ? moment : 200)
        let status = victim.end(killing: !isOver)
        guard status & 0x7f == SIGKILL else {
            result.problems.append("it ended by itself: \(status), \(victim.lines.suffix(3))")
            result.kills["none", default: 0] += 1
            return
        }
        result.kills[isOver ? place ?? "moment" : "moment", default: 0] += 1
        note(victim.lines)
    }

    private mutating func note(_ lines: [Substring]) {
        for line in lines {
            let words = line.split(separator: " ")
            switch words.first {
            case "accepted": accepted.insert(words[1])
            case "run": runs[words[1] + "#" + words[2], default: 0] += 1
            case "end": ends[words[1], default: 0] += 1
            case "finding", "damage", "refused": result.problems.append(String(line))
            default: break
            }
        }
    }

    /// Lets the rest run, and compares the store with the ledger.
    private mutating func finish() throws {
        let ids = workshop.directory.appending(path: "ids")
        let text = accepted.joined(separator: "\n") + "\n"
        try text.write(to: ids, atomically: true, encoding: .utf8)
        let input = open(ids.path, O_RDONLY | O_CLOEXEC)
        defer { close(input) }
        var victim = try VictimProcess([file, "finish"], input: input)
        guard victim.end(killing: false) == 0 else {
            return result.problems.append("the last life failed: \(victim.lines.suffix(3))")
        }
        note(victim.lines)
        check(states: victim.lines.filter { $0.hasPrefix("state ") })
    }

    private mutating func check(states: [Substring]) {
        let ran = Set(runs.keys.map { $0.prefix { $0 != "#" } })
        var known: Set<Substring> = []
        for line in states {
            let words = line.split(separator: " ")
            known.insert(words[1])
            let isOver = [
                "succeeded", "dead(FunctionModel.DeadReason.permanent)",
                "dead(FunctionModel.DeadReason.attemptsExhausted)",
            ].contains(words[2])
            if !isOver { result.problems.append("accepted, but: \(line)") }
            if !ran.contains(words[1]) { result.problems.append("never ran: \(line)") }
        }
        for id in accepted.subtracting(known) { result.problems.append("\(id) is lost") }
        for (run, count) in runs where count > 1 {
            result.problems.append("\(run) began \(count) times")
        }
        for (id, count) in ends where count > 1 {
            result.problems.append("\(id) was settled \(count) times")
        }
        result.accepted = accepted.count
        result.runs = runs.count
        result.repeated = runs.count - ran.count
    }
}

extension [Double] {
    fileprivate mutating func append(_ duration: Duration) {
        let parts = duration.components
        append(Double(parts.seconds) * 1e3 + Double(parts.attoseconds) / 1e15)
    }
}

extension QueueKills.Result {
    /// One table: where it was killed how often, and what came of it.
    func show(seed: UInt64) {
        print("SEED=\(seed): \(total) kills of the queue")
        for place in QueueKills.places + ["moment"] {
            print(
                "  \(place.padding(toLength: 14, withPad: " ", startingAt: 0)) \(kills[place] ?? 0)"
            )
        }
        let sorted = ready.sorted()
        let middle = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        print("  accepted \(accepted), runs \(runs), of which repeated \(repeated)")
        print("  first run after p50 \(Int(middle)) ms, at most \(Int(sorted.last ?? 0)) ms")
        print("  problems \(problems.count)")
        for problem in problems.prefix(20) { print("    \(problem)") }
    }
}
