internal import FunctionModel

/// Files that have to stay the same for a while before they are told.
struct Settling: Sendable {
    /// What is waited for.
    private struct Entry: Sendable {
        var facts: FileFacts?
        var due: ContinuousClock.Instant
    }

    /// The most that are waited for at a time; more are found by the next look at the directory.
    static let limit = 100_000
    /// How long a name has to be gone before that is told: many programs replace a file in two steps.
    static let absence = Duration.milliseconds(100)

    private var entries: [FilePath: Entry] = [:]
    private var queue: [(due: ContinuousClock.Instant, path: FilePath)] = []
    private var head = 0
    /// Whether something had no room.
    private(set) var isCut = false

    /// How many are waited for.
    var count: Int { entries.count }

    /// When the first one is due; `nil` when none is waited for.
    var next: ContinuousClock.Instant? { head < queue.count ? queue[head].due : nil }

    /// Waits for a file to stay as it is now; what is waited for already and hasn't changed keeps its
    /// time.
    mutating func note(
        _ path: FilePath,
        _ facts: FileFacts?,
        for length: Duration,
        now: ContinuousClock.Instant
    ) {
        if let known = entries[path], known.facts == facts { return }
        guard entries[path] != nil || entries.count < Self.limit else {
            isCut = true
            return
        }
        let due = now + (facts == nil ? min(length, Self.absence) : length)
        entries[path] = Entry(facts: facts, due: due)
        insert(path, due)
    }

    /// Waits no longer: it was told, or is as it was before.
    mutating func forget(_ path: FilePath) { entries[path] = nil }

    /// Forgets everything; the next look finds it again.
    mutating func forgetAll() { self = Settling() }

    /// Everything that had no room has to be looked for again: whether, once.
    mutating func takeCut() -> Bool {
        defer { isCut = false }
        return isCut
    }

    /// Takes out what is due, with what it was when the wait began.
    mutating func due(_ now: ContinuousClock.Instant) -> [(path: FilePath, facts: FileFacts?)] {
        var due: [(path: FilePath, facts: FileFacts?)] = []
        while head < queue.count, queue[head].due <= now {
            let (instant, path) = queue[head]
            head += 1
            // One that was noted again is due later.
            guard let entry = entries[path], entry.due == instant else { continue }
            entries[path] = nil
            due.append((path, entry.facts))
        }
        if head > 1_024, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        return due
    }

    private mutating func insert(_ path: FilePath, _ due: ContinuousClock.Instant) {
        // Nearly always the last: all wait equally long.
        var place = queue.count
        while place > head, queue[place - 1].due > due { place -= 1 }
        queue.insert((due, path), at: place)
    }
}
