internal import FunctionModel

/// Queued invocations and the lists by which they are found.
struct MemoryShelf: Sendable {
    private(set) var entries: [InvocationID: MemoryEntry] = [:]
    private(set) var ready: [FunctionName: SortedKeys<MemoryEntry.Turn>] = [:]
    private(set) var delayed = SortedKeys<MemoryEntry.Alarm>()
    private(set) var leased = SortedKeys<MemoryEntry.Alarm>()
    private(set) var depths: [FunctionName: QueueDepth] = [:]
    private(set) var waiting = 0
    private var lanes: [MemoryEntry.Lane: SortedKeys<MemoryEntry.Turn>] = [:]
    private var nextSequence = 1
    /// What has ended for good and hasn't been told yet.
    var ends: [StoredEnd] = []
    /// What has got something ready that hasn't been told yet.
    var fresh: Set<FunctionName> = []

    /// Puts a new invocation on the shelf.
    mutating func add(_ invocation: QueuedInvocation, now: WallTime) {
        var entry = MemoryEntry(
            sequence: nextSequence,
            invocation: invocation,
            received: now,
            delivery: Delivery(invocation.delivery, now: now, isBlocked: false)
        )
        if isBlocked(entry) {
            entry.delivery = Delivery(invocation.delivery, now: now, isBlocked: true)
        }
        nextSequence += 1
        entries[entry.id] = entry
        list(entry)
        if entry.delivery.phase == .ready { fresh.insert(invocation.function) }
    }

    /// Changes an entry and everything that follows for the lists and its ordering key.
    mutating func change(
        _ id: InvocationID,
        now: WallTime,
        _ body: (inout MemoryEntry) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let before = entries[id] else { throw .staleLease }
        var entry = before
        try body(&entry)
        unlist(before)
        entries[id] = entry
        list(entry)
        guard entry.delivery.phase.isOver, !before.delivery.phase.isOver else { return }
        if let end = entry.delivery.end {
            ends.append(StoredEnd(id: id, function: entry.invocation.function, end: end))
        }
        unblock(entry, now: now)
    }

    /// Takes an entry off the shelf.
    mutating func remove(_ id: InvocationID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        unlist(entry)
    }

    /// Whether another of its ordering key isn't over.
    func isBlocked(_ entry: MemoryEntry) -> Bool {
        guard let lane = entry.lane else { return false }
        return lanes[lane]?.keys.contains { $0.id != entry.id } ?? false
    }

    /// Entries in a phase, in the order of their arrival.
    func inOrder(where isWanted: (MemoryEntry) -> Bool) -> [MemoryEntry] {
        entries.values.filter(isWanted).sorted { $0.sequence < $1.sequence }
    }

    private mutating func unblock(_ entry: MemoryEntry, now: WallTime) {
        guard let lane = entry.lane, let next = lanes[lane]?.keys.first,
            let waiting = entries[next.id], waiting.delivery.phase == .blocked
        else { return }
        var freed = waiting
        freed.delivery.unblock(now: now)
        unlist(waiting)
        entries[freed.id] = freed
        list(freed)
        fresh.insert(freed.invocation.function)
    }

    private mutating func list(_ entry: MemoryEntry) {
        let function = entry.invocation.function
        switch entry.delivery.phase {
        case .ready: ready[function, default: SortedKeys()].insert(entry.turn)
        case .delayed: delayed.insert(entry.alarm)
        case .leased: leased.insert(entry.alarm)
        case .blocked, .succeeded, .dead, .cancelled: break
        }
        if !entry.delivery.phase.isOver, let lane = entry.lane {
            lanes[lane, default: SortedKeys()].insert(entry.laneTurn)
        }
        count(entry, 1)
    }

    private mutating func unlist(_ entry: MemoryEntry) {
        let function = entry.invocation.function
        ready[function]?.remove(entry.turn)
        if ready[function]?.keys.isEmpty == true { ready[function] = nil }
        delayed.remove(entry.alarm)
        leased.remove(entry.alarm)
        if let lane = entry.lane {
            lanes[lane]?.remove(entry.laneTurn)
            if lanes[lane]?.keys.isEmpty == true { lanes[lane] = nil }
        }
        count(entry, -1)
    }

    private mutating func count(_ entry: MemoryEntry, _ change: Int) {
        let function = entry.invocation.function
        switch entry.delivery.phase {
        case .ready, .delayed, .blocked:
            depths[function, default: QueueDepth()].waiting += change
            waiting += change
        case .leased: depths[function, default: QueueDepth()].running += change
        case .dead: depths[function, default: QueueDepth()].dead += change
        case .succeeded, .cancelled: return
        }
        if depths[function] == QueueDepth() { depths[function] = nil }
    }
}

extension MemoryEntry {
    /// Its place in its lane: the order of arrival alone.
    fileprivate var laneTurn: Turn { Turn(priority: 0, sequence: sequence, id: id) }
}
