internal import NIOCore

/// The instants at which pools want to be looked at, the earliest first; one for each pool.
struct DeadlineHeap: Sendable {
    private var items: [(deadline: NIODeadline, pool: Int)] = []
    /// Where a pool stands in `items`; -1 for nowhere.
    private var places: [Int] = []

    /// The earliest instant.
    var first: NIODeadline? { items.first?.deadline }

    /// How many pools wait for their instant.
    var count: Int { items.count }

    /// Has a pool looked at no later than `deadline`.
    mutating func insert(_ deadline: NIODeadline, _ pool: Int) {
        while places.count <= pool { places.append(-1) }
        if places[pool] < 0 {
            places[pool] = items.count
            items.append((deadline, pool))
        } else {
            guard deadline < items[places[pool]].deadline else { return }
            items[places[pool]].deadline = deadline
        }
        rise(from: places[pool])
    }

    /// Takes out the earliest pool when its instant has come.
    mutating func popDue(_ now: NIODeadline) -> Int? {
        guard let top = items.first, top.deadline <= now else { return nil }
        exchange(0, items.count - 1)
        items.removeLast()
        places[top.pool] = -1
        sink()
        return top.pool
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].deadline < items[parent].deadline else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].deadline < items[least].deadline {
                least = child
            }
            guard least != parent else { return }
            exchange(parent, least)
            parent = least
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        items.swapAt(one, other)
        places[items[one].pool] = one
        places[items[other].pool] = other
    }
}
