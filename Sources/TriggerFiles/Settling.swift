internal import FunctionModel

/// Files that have to stay the same for a while before they are told.
struct Settling: Sendable {
    /// What is waited for.
    private struct Entry: Sendable {
        var facts: FileFacts?
    }

    /// The most that are waited for at a time; more are found by the next look at the directory.
    static let limit = 100_000
    /// How long a name has to be gone before that is told: many programs replace a file in two steps.
    static let absence = Duration.milliseconds(100)

    private var entries: [FilePath: Entry] = [:]
    private var queue = DueHeap<FilePath, ContinuousClock.Instant>()
    /// Whether something had no room.
    private(set) var isCut = false

    /// How many are waited for.
    var count: Int { entries.count }

    /// When the first one is due; `nil` when none is waited for.
    var next: ContinuousClock.Instant? { queue.first }

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
        entries[path] = Entry(facts: facts)
        queue.put(path, at: now + (facts == nil ? min(length, Self.absence) : length))
    }

    /// Waits no longer: it was told, or is as it was before.
    mutating func forget(_ path: FilePath) {
        guard entries.removeValue(forKey: path) != nil else { return }
        queue.put(path, at: nil)
    }

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
        while let path = queue.take(dueBy: now) {
            due.append((path, entries.removeValue(forKey: path)?.facts))
        }
        return due
    }
}
