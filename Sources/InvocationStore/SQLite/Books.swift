internal import FunctionModel
internal import GRDB

/// What the writer knows without asking the database each time.
struct Books {
    /// By the function's stored name.
    private(set) var depths: [String: QueueDepth] = [:]
    private(set) var waiting = 0
    /// The latest number of `Session.nextVersion`; what a commit that failed drew isn't drawn again.
    var version: Int64 = 0
    var fairShare = FairShare()
    /// Where schedules stand.
    var ticks = TickBooks()
    /// Whether there has been a watched directory: only then has an end to be told to files.
    var hasFiles = false

    /// What has been counted since the last commit.
    private var unconfirmed: [Entry] = []

    private struct Entry {
        var function: String
        var phase: Delivery.Phase
        var count: Int
    }

    /// Nothing, for those who only read.
    init() {}

    /// Reads everything once.
    init(_ database: Database) throws {
        version = try database.number("select value from counters where name = 'version'") ?? 0
        hasFiles = try database.number("select 1 from fileWatches limit 1") != nil
        for (phase, condition) in Self.counted {
            let rows = try database.rows(
                "select function, count(*) as count from entries where \(condition) group by function"
            )
            for row in rows {
                // What is damaged isn't counted; it is told when it is read.
                guard let function = String.fromDatabaseValue(row["function"]) else { continue }
                count(Entry(function: function, phase: phase, count: row["count"]))
            }
        }
    }

    /// The phases that count, each found by an index of its own: what ended well, which is most, isn't
    /// looked at.
    static let counted: [(phase: Delivery.Phase, condition: String)] = [
        (.ready, "phase = 0"),
        (.delayed, "phase = 1"),
        (.blocked, "phase = 2 and orderingKey is not null and phase < 4"),
        (.leased, "phase = 3"),
        (.dead, "phase = 5"),
    ]

    /// Counts an entry that is new.
    mutating func enter(_ function: String, _ phase: Delivery.Phase) { add(function, phase, 1) }

    /// Counts an entry that was removed.
    mutating func leave(_ function: String, _ phase: Delivery.Phase) { add(function, phase, -1) }

    /// Counts an entry that moved on.
    mutating func move(_ function: String, from: Delivery.Phase, to: Delivery.Phase) {
        guard from != to else { return }
        leave(function, from)
        enter(function, to)
    }

    /// Whether so many more of a function, and in total, may wait.
    func hasRoom(_ function: String, adding: Int, total: Int, _ bounds: QueueBounds) -> Bool {
        let depth = depths[function]?.waiting ?? 0
        return depth <= bounds.perFunction - adding && waiting <= bounds.total - total
    }

    /// The commit holds.
    mutating func confirm() {
        unconfirmed.removeAll(keepingCapacity: true)
        ticks.confirm()
    }

    /// The commit failed: nothing of it has happened.
    mutating func undo() {
        for var entry in unconfirmed {
            entry.count = -entry.count
            count(entry)
        }
        unconfirmed.removeAll(keepingCapacity: true)
        ticks.undo()
    }

    private mutating func add(_ function: String, _ phase: Delivery.Phase, _ change: Int) {
        let entry = Entry(function: function, phase: phase, count: change)
        unconfirmed.append(entry)
        count(entry)
    }

    private mutating func count(_ entry: Entry) {
        var depth = depths[entry.function] ?? QueueDepth()
        switch entry.phase {
        case .ready, .delayed, .blocked:
            depth.waiting += entry.count
            waiting += entry.count
        case .leased: depth.running += entry.count
        case .dead: depth.dead += entry.count
        case .succeeded, .cancelled: return
        }
        depths[entry.function] = depth == QueueDepth() ? nil : depth
    }
}
