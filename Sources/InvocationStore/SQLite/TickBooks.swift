internal import FunctionModel

/// What the writer knows of schedules: where they stand, and which ticks have begun and aren't in
/// their places yet.
struct TickBooks: Sendable {
    /// So many are put in their places before another begins.
    static let most = 4_096

    private struct Begun: Sendable {
        /// In the order in which they began.
        var all: [BegunTick] = []
        var ids: Set<InvocationID> = []
        var keys: Set<String> = []
        var schedules: [String: KnownSchedule] = [:]

        mutating func append(_ tick: BegunTick) {
            all.append(tick)
            ids.insert(tick.entry.id)
            if let key = tick.orderingKey { keys.insert(key) }
            schedules[tick.schedule.name] = tick.known
        }
    }

    /// Those before the last commit, and those since then.
    private var kept = Begun()
    private var fresh = Begun()
    /// Whether those that were kept have been put in their places since the last commit.
    private var isPlaced = false
    /// Asked for thousands of times in one second.
    private var known: [String: KnownSchedule] = [:]

    /// How many have begun and aren't in their places.
    var count: Int { (isPlaced ? 0 : kept.all.count) + fresh.all.count }
    var isEmpty: Bool { count == 0 }
    /// All of them, in the order in which they began.
    var all: [BegunTick] { (isPlaced ? [] : kept.all) + fresh.all }

    /// Whether an invocation is among them.
    func contains(_ id: InvocationID) -> Bool {
        !isPlaced && kept.ids.contains(id) || fresh.ids.contains(id)
    }

    /// Whether one of an ordering key is among them.
    func contains(_ function: String, _ orderingKey: String) -> Bool {
        let key = BegunTick.key(function, orderingKey)
        return !isPlaced && kept.keys.contains(key) || fresh.keys.contains(key)
    }

    /// Where a schedule stands; `nil` when that has to be read.
    subscript(name: String) -> KnownSchedule? {
        known[name] ?? fresh.schedules[name] ?? (isPlaced ? nil : kept.schedules[name])
    }

    /// A schedule has been read, or written to its row.
    mutating func know(_ schedule: KnownSchedule) { known[schedule.entry.name] = schedule }

    /// Rows have changed otherwise.
    mutating func forget() { known = [:] }

    /// A tick has begun.
    mutating func begin(_ tick: BegunTick) {
        fresh.append(tick)
        know(tick.known)
    }

    /// All are in their places.
    mutating func placed() {
        isPlaced = true
        fresh = Begun()
    }

    /// The commit holds.
    mutating func confirm() {
        if isPlaced { kept = Begun() }
        isPlaced = false
        guard !fresh.all.isEmpty else { return }
        for tick in fresh.all { kept.append(tick) }
        fresh = Begun()
    }

    /// The commit failed: nothing of it has happened.
    mutating func undo() {
        isPlaced = false
        fresh = Begun()
        known = [:]
    }
}

/// Where a schedule stands, and the last instant of which a fate may be kept.
struct KnownSchedule: Sendable {
    var entry: ScheduleEntry
    var highest: WallTime
}

extension BegunTick {
    fileprivate var known: KnownSchedule { KnownSchedule(entry: schedule, highest: instant) }
    fileprivate var orderingKey: String? {
        entry.orderingKey.map { Self.key(entry.function, $0) }
    }

    /// Functions' names have no blanks.
    fileprivate static func key(_ function: String, _ orderingKey: String) -> String {
        "\(function) \(orderingKey)"
    }
}
