internal import FunctionModel

/// Claimed invocations whose time is yet to come, the earliest first; a value.
struct HoldList: Sendable {
    /// One of them.
    struct Entry: Sendable, Hashable {
        var start: WallTime
        var function: FunctionName
        var id: InvocationID
    }

    private var entries: [Entry] = []

    /// When the first one begins; `nil` when there is none.
    var first: WallTime? { entries.first?.start }

    /// Puts one in its place, behind others of its time.
    mutating func put(_ id: InvocationID, of function: FunctionName, at start: WallTime) {
        // Most come in their order.
        let place = entries.lastIndex { $0.start <= start }.map { $0 + 1 } ?? 0
        entries.insert(Entry(start: start, function: function, id: id), at: place)
    }

    /// Those whose time has come.
    func due(by now: WallTime) -> ArraySlice<Entry> { entries.prefix { $0.start <= now } }

    /// Takes out those whose time has come.
    mutating func take(by now: WallTime) -> [Entry] {
        let due = Array(due(by: now))
        entries.removeFirst(due.count)
        return due
    }
}
