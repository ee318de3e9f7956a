internal import FunctionModel

/// What the writer knows of schedules: where they stand, and which ticks have begun and aren't in
/// their places yet.
struct TickBooks: Sendable {
    /// So many are put in their places before another begins.
    static let most = 4_096

    /// Those before the last commit, and those since then.
    private var kept: [BegunTick] = []
    private var fresh: [BegunTick] = []
    /// Whether those that were kept have been put in their places since the last commit.
    private var isPlaced = false
    /// Asked for thousands of times in one second.
    private var known: [String: KnownSchedule] = [:]

    /// How many have begun and aren't in their places.
    var count: Int { (isPlaced ? 0 : kept.count) + fresh.count }
    var isEmpty: Bool { count == 0 }
    /// All of them, in the order in which they began.
    var all: [BegunTick] { (isPlaced ? [] : kept) + fresh }

    /// Whether an invocation is among them, or one of an ordering key of its function's.
    func contains(_ id: InvocationID?, _ function: String, _ orderingKey: String?) -> Bool {
        func isOne(_ tick: BegunTick) -> Bool {
            tick.entry.id == id
                || orderingKey != nil && tick.entry.orderingKey == orderingKey
                    && tick.entry.function == function
        }
        return !isPlaced && kept.contains(where: isOne) || fresh.contains(where: isOne)
    }

    /// Where a schedule stands; `nil` when that has to be read.
    subscript(name: String) -> KnownSchedule? {
        if let known = known[name] { return known }
        let latest =
            fresh.last { $0.schedule.name == name }
            ?? (isPlaced ? nil : kept.last { $0.schedule.name == name })
        return latest?.known
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
        fresh = []
    }

    /// The commit holds.
    mutating func confirm() {
        if isPlaced { kept = [] }
        isPlaced = false
        kept += fresh
        fresh = []
    }

    /// The commit failed: nothing of it has happened.
    mutating func undo() {
        isPlaced = false
        fresh = []
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
}
