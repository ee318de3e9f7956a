internal import FunctionModel

/// What the writer knows of schedules: where they stand, and which ticks have begun and aren't in
/// their places yet.
struct TickBooks: Sendable {
    /// So many are put in their places before another begins.
    static let most = 4_096

    /// Those before the last commit, and those since then.
    private var kept = BegunTicks()
    private var fresh = BegunTicks()
    /// Whether those that were kept have been put in their places since the last commit.
    private var isPlaced = false
    /// Asked for thousands of times in one second.
    private var known: [String: KnownSchedule] = [:]

    /// How many have begun and aren't in their places.
    var count: Int { (isPlaced ? 0 : kept.count) + fresh.count }
    var isEmpty: Bool { count == 0 }
    /// All of them, in the order in which they began.
    var all: [BegunTick] { (isPlaced ? [] : kept.all) + fresh.all }

    /// How many run a function.
    func count(of function: String) -> Int {
        (isPlaced ? 0 : kept.count(of: function)) + fresh.count(of: function)
    }

    /// Whether an invocation is among them, or one of an ordering key of its function's.
    func contains(_ id: InvocationID?, _ function: String, _ orderingKey: String?) -> Bool {
        !isPlaced && kept.contains(id, function, orderingKey)
            || fresh.contains(id, function, orderingKey)
    }

    /// Where a schedule stands; `nil` when that has to be read.
    subscript(name: String) -> KnownSchedule? {
        if let known = known[name] { return known }
        return (fresh.last(of: name) ?? (isPlaced ? nil : kept.last(of: name)))?.known
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
        fresh = BegunTicks()
    }

    /// The commit holds.
    mutating func confirm() {
        if isPlaced { kept = BegunTicks() }
        isPlaced = false
        kept.append(fresh)
        fresh = BegunTicks()
    }

    /// The commit failed: nothing of it has happened.
    mutating func undo() {
        isPlaced = false
        fresh = BegunTicks()
        known = [:]
    }
}

/// Where a schedule stands, and the last instant of which a fate may be kept.
struct KnownSchedule: Sendable {
    var entry: ScheduleEntry
    var highest: WallTime
}

extension BegunTick {
    fileprivate var known: KnownSchedule { KnownSchedule(entry: schedule, highest: draft.instant) }
}
