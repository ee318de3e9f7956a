internal import FunctionModel

/// Ticks that have begun and aren't in their places, and what they hold of each function.
struct BegunTicks: Sendable {
    private struct Lane {
        var count = 0
        var orderingKeys: Set<String> = []
    }

    /// By their place in `begun`.
    private var ticks: [Int64: BegunTick] = [:]
    /// None lies before it.
    private var low: Int64 = 0
    private var places: [InvocationID: Int64] = [:]
    /// The latest of each schedule.
    private var latest: [String: Int64] = [:]
    private var lanes: [String: Lane] = [:]

    var count: Int { ticks.count }

    /// How many run a function.
    func count(of function: String) -> Int { lanes[function]?.count ?? 0 }

    /// The one that runs an invocation; `nil` when it isn't among them.
    subscript(id: InvocationID) -> BegunTick? { places[id].flatMap { ticks[$0] } }

    /// Whether an invocation is among them, or one of an ordering key of its function's.
    func contains(_ id: InvocationID?, _ function: String, _ orderingKey: String?) -> Bool {
        if let id, places[id] != nil { return true }
        guard let orderingKey else { return false }
        return lanes[function]?.orderingKeys.contains(orderingKey) ?? false
    }

    /// The latest one of a schedule.
    func last(of schedule: String) -> BegunTick? { latest[schedule].flatMap { ticks[$0] } }

    /// The first ones in the order in which they began, so many at most.
    mutating func first(_ most: Int) -> [BegunTick] {
        let count = min(most, ticks.count)
        var found: [BegunTick] = []
        found.reserveCapacity(count)
        // Their places follow each other, but for those that were removed.
        var place = low
        while found.count < count {
            if let tick = ticks[place] { found.append(tick) }
            if found.isEmpty { low = place + 1 }
            place += 1
        }
        return found
    }

    mutating func put(_ tick: BegunTick) {
        let (draft, place) = (tick.draft, tick.sequence)
        low = ticks.isEmpty ? place : min(low, place)
        ticks[place] = tick
        places[draft.run.id] = place
        latest[draft.schedule.name] = max(latest[draft.schedule.name] ?? place, place)
        lanes[draft.function, default: Lane()].count += 1
        guard let key = draft.run.delivery.orderingKey else { return }
        lanes[draft.function]?.orderingKeys.insert(key)
    }

    mutating func remove(_ tick: BegunTick) {
        let draft = tick.draft
        guard ticks.removeValue(forKey: tick.sequence) != nil else { return }
        places[draft.run.id] = nil
        // Where an earlier one is left, its schedule has come further in its own row.
        if latest[draft.schedule.name] == tick.sequence { latest[draft.schedule.name] = nil }
        guard var lane = lanes[draft.function] else { return }
        lane.count -= 1
        // One of a key runs at a time.
        if let key = draft.run.delivery.orderingKey { lane.orderingKeys.remove(key) }
        lanes[draft.function] = lane.count > 0 ? lane : nil
    }
}
