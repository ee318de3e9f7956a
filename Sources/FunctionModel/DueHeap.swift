/// What is due next: a binary heap; who is put in anew counts with the latest time only.
///
/// All of it is inlinable, so that its users' types cost no more than if it were written for them.
public struct DueHeap<Name: Hashable & Sendable, Time: Comparable & Sendable>: Sendable {
    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline var time: Time
        @usableFromInline var name: Name
        @usableFromInline var stamp: Int

        @inlinable
        init(_ time: Time, _ name: Name, _ stamp: Int) {
            self.time = time
            self.name = name
            self.stamp = stamp
        }
    }

    /// The first is never one that has been put in anew since.
    @usableFromInline var entries: [Entry] = []
    @usableFromInline var stamps: [Name: Int] = [:]
    @usableFromInline var stamp = 0

    /// Makes one in which nothing is due.
    @inlinable
    public init() {}

    /// When the first one is due; `nil` when none is.
    @inlinable
    public var first: Time? { entries.first?.time }

    /// Has something come up at a time, and at no other; `nil` for never.
    @inlinable
    public mutating func put(_ name: Name, at time: Time?) {
        defer { dropStale() }
        stamp += 1
        guard let time else {
            stamps[name] = nil
            return
        }
        stamps[name] = stamp
        entries.append(Entry(time, name, stamp))
        rise(from: entries.count - 1)
        if entries.count > 2 * stamps.count + 64 { rebuild() }
    }

    /// Takes out the first one that is due.
    @inlinable
    public mutating func take(dueBy time: Time) -> Name? {
        guard let first = entries.first, first.time <= time else { return nil }
        removeFirst()
        stamps[first.name] = nil
        dropStale()
        return first.name
    }

    @inlinable
    mutating func dropStale() {
        while let first = entries.first, stamps[first.name] != first.stamp { removeFirst() }
    }

    @inlinable
    mutating func rebuild() {
        entries = entries.filter { stamps[$0.name] == $0.stamp }.sorted { $0.time < $1.time }
    }

    @inlinable
    mutating func removeFirst() {
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

    @inlinable
    mutating func rise(from index: Int) {
        var child = index
        while child > 0, entries[child].time < entries[(child - 1) / 2].time {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
