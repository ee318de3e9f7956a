internal import FunctionModel

/// Which schedule is due next: a binary heap; who is put in anew counts with the latest time only.
struct DueHeap: Sendable {
    private struct Entry: Sendable {
        var time: WallTime
        var name: String
        var stamp: Int
    }

    private var entries: [Entry] = []
    private var stamps: [String: Int] = [:]
    private var stamp = 0

    /// When the first one is due; `nil` when none is.
    mutating func first() -> WallTime? {
        dropStale()
        return entries.first?.time
    }

    /// Has a schedule come up at a time, and at no other; `nil` for never.
    mutating func put(_ name: String, at time: WallTime?) {
        stamp += 1
        guard let time else {
            stamps[name] = nil
            return
        }
        stamps[name] = stamp
        entries.append(Entry(time: time, name: name, stamp: stamp))
        rise(from: entries.count - 1)
        if entries.count > 2 * stamps.count + 64 { rebuild() }
    }

    /// Takes out the first one that is due.
    mutating func take(dueBy time: WallTime) -> String? {
        dropStale()
        guard let first = entries.first, first.time <= time else { return nil }
        removeFirst()
        stamps[first.name] = nil
        return first.name
    }

    private mutating func dropStale() {
        while let first = entries.first, stamps[first.name] != first.stamp { removeFirst() }
    }

    private mutating func rebuild() {
        entries = entries.filter { stamps[$0.name] == $0.stamp }.sorted { $0.time < $1.time }
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].time < entries[least].time { least = child }
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func rise(from index: Int) {
        var child = index
        while child > 0, entries[child].time < entries[(child - 1) / 2].time {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
