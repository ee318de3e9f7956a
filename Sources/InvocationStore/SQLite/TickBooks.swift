internal import FunctionModel

/// What the writer knows of schedules: where they stand, and which ticks have begun and aren't in
/// their places yet.
struct TickBooks: Sendable {
    /// So many are put in their places before another begins.
    static let most = 16_384

    /// What has happened to a tick since the last commit.
    private enum Change {
        case began(BegunTick)
        case placed(BegunTick)
    }

    private var begun = BegunTicks()
    private var changes: [Change] = []
    /// Asked for thousands of times in one second.
    private var known: [String: KnownSchedule] = [:]

    /// How many have begun and aren't in their places.
    var count: Int { begun.count }
    var isEmpty: Bool { count == 0 }

    /// How many run a function.
    func count(of function: String) -> Int { begun.count(of: function) }

    /// The one that runs an invocation; `nil` when it is in its places, or none.
    subscript(id: InvocationID) -> BegunTick? { begun[id] }

    /// Whether an invocation is among them, or one of an ordering key of its function's.
    func contains(_ id: InvocationID?, _ function: String, _ orderingKey: String?) -> Bool {
        begun.contains(id, function, orderingKey)
    }

    /// The first ones in the order in which they began, so many at most.
    mutating func first(_ most: Int) -> [BegunTick] { begun.first(most) }

    /// Where a schedule stands; `nil` when that has to be read.
    subscript(name: String) -> KnownSchedule? { known[name] ?? begun.last(of: name)?.known }

    /// A schedule has been read, or written to its row.
    mutating func know(_ schedule: KnownSchedule) { known[schedule.entry.name] = schedule }

    /// Rows have changed otherwise.
    mutating func forget() { known = [:] }

    /// A tick has begun.
    mutating func begin(_ tick: BegunTick) {
        begun.put(tick)
        changes.append(.began(tick))
        know(tick.known)
    }

    /// A tick is in its places.
    mutating func placed(_ tick: BegunTick) {
        begun.remove(tick)
        changes.append(.placed(tick))
    }

    /// The commit holds.
    mutating func confirm() { changes.removeAll(keepingCapacity: true) }

    /// The commit failed: nothing of it has happened.
    mutating func undo() {
        for change in changes.reversed() {
            switch change {
            case .began(let tick): begun.remove(tick)
            case .placed(let tick): begun.put(tick)
            }
        }
        changes = []
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
