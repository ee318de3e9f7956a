internal import FunctionModel

/// Ticks that have begun, in their order, and what they hold of each function.
struct BegunTicks: Sendable {
    private struct Lane {
        var count = 0
        var orderingKeys: Set<String> = []
    }

    private(set) var all: [BegunTick] = []
    private var ids: Set<InvocationID> = []
    private var lanes: [String: Lane] = [:]

    var count: Int { all.count }

    /// How many run a function.
    func count(of function: String) -> Int { lanes[function]?.count ?? 0 }

    /// Whether an invocation is among them, or one of an ordering key of its function's.
    func contains(_ id: InvocationID?, _ function: String, _ orderingKey: String?) -> Bool {
        if let id, ids.contains(id) { return true }
        guard let orderingKey else { return false }
        return lanes[function]?.orderingKeys.contains(orderingKey) ?? false
    }

    /// The latest one of a schedule.
    func last(of schedule: String) -> BegunTick? { all.last { $0.schedule.name == schedule } }

    mutating func append(_ tick: BegunTick) {
        let draft = tick.draft
        all.append(tick)
        ids.insert(draft.run.id)
        lanes[draft.function, default: Lane()].count += 1
        guard let key = draft.run.delivery.orderingKey else { return }
        lanes[draft.function]?.orderingKeys.insert(key)
    }

    mutating func append(_ others: BegunTicks) {
        if all.isEmpty { self = others } else { for tick in others.all { append(tick) } }
    }
}
