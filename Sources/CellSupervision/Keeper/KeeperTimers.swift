/// What the keeper has to do later, soonest first.
struct KeeperTimers {
    /// What is due.
    enum Event: Equatable {
        case tick
        case retireMoved(cell: Int)
        case kill(cell: Int, reason: String)
        case refill
        case publish(cell: Int)
        case stopNow
    }

    private var entries: [(due: Duration, event: Event)] = []

    /// Adds an event; times are on any one clock.
    mutating func add(_ event: Event, at due: Duration) {
        let index = entries.firstIndex { $0.due > due } ?? entries.count
        entries.insert((due, event), at: index)
    }

    /// Takes what is due.
    mutating func take(now: Duration) -> [Event] {
        let count = entries.prefix { $0.due <= now }.count
        defer { entries.removeFirst(count) }
        return entries.prefix(count).map(\.event)
    }

    /// Milliseconds to the next event, rounded up; `nil` when there is none.
    func milliseconds(from now: Duration) -> Int? {
        guard let next = entries.first else { return nil }
        guard next.due > now else { return 0 }
        return Int(((next.due - now) / .milliseconds(1)).rounded(.up))
    }
}
