internal import FunctionModel
internal import NIOCore

/// What is claimed of one function: what runs, and what waits here for a place.
struct FunctionLane: Sendable {
    /// The most that is claimed of one function: less than may be held of all, so that no backlog
    /// takes every place from the others.
    static let mostHeld = 512

    private var running = 0
    /// How many may run: what ran when the dispatcher was asked last, and the places free then.
    private var limit = 0
    /// Until when nothing more is tried, after one was turned away.
    private var paused: Pause?
    private var waiting = CircularBuffer<InvocationID>()
    /// How many are held that begin in a moment.
    private var reserved = 0

    /// Whether nothing is known of it that matters later.
    var isEmpty: Bool { running == 0 && waiting.isEmpty && reserved == 0 && paused == nil }
    var canStart: Bool { running < limit && !waiting.isEmpty }

    /// The dispatcher has so many places free.
    mutating func free(_ places: Int, now: WallTime) {
        if paused?.isOver(now) == true { paused = nil }
        limit = running + (paused == nil ? places : 0)
    }

    /// One was turned away: nothing more is tried for so long.
    mutating func pause(_ length: Duration, now: WallTime) {
        let pause = Pause(length, from: now)
        if let paused, !paused.isOver(now), paused.end > pause.end { return }
        paused = pause
        limit = running
    }

    /// How many more to claim: for the free places, and ahead of those that become free with the end
    /// of what runs; none before half of what was claimed ahead is used up.
    func wanted(_ places: FunctionPlaces) -> Int {
        guard paused == nil else { return 0 }
        let isMoving = places.free > 0 || running > 0
        let most = places.free + (isMoving ? places.ahead : 0)
        let waiting = waiting.count + reserved
        let room = Self.mostHeld - running - waiting
        return waiting <= most / 2 ? max(0, min(most - waiting, room)) : 0
    }

    mutating func append(_ id: InvocationID) { waiting.append(id) }

    /// One is to begin in a moment.
    mutating func reserve() { reserved += 1 }

    /// The time of one has come.
    mutating func appendReserved(_ id: InvocationID) {
        reserved = max(0, reserved - 1)
        waiting.append(id)
    }

    /// Takes the next one, if there is a place for it.
    mutating func next() -> InvocationID? { running < limit ? waiting.popFirst() : nil }

    mutating func begin() { running += 1 }

    mutating func end() { running = max(0, running - 1) }
}
