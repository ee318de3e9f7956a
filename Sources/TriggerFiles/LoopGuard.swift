/// Tells a function that feeds itself, by writing where it watches, from a directory where much goes on.
///
/// Nothing that the kernel tells says who has written a file. So an event that is found while an
/// invocation of the watch runs counts as one step deeper than that invocation; an event at another
/// time begins anew. When that has gone too deep, the watch is held: nothing more is started, what runs
/// ends, and then it is listened to for a while. What changes now was not the function. Three times
/// nothing, and it was: the watch is stopped.
struct LoopGuard: Sendable, Equatable {
    /// How deep events may lead to events; as deep as functions may queue each other.
    static let deepest = 16
    /// How often silence has to follow.
    static let proofs = 3
    /// How long is listened, beyond the time that a file has to settle.
    static let silence = Duration.milliseconds(500)

    /// What the watch is to do.
    enum Verdict: Sendable, Equatable {
        /// Go on.
        case free
        /// Start nothing.
        case held
        /// Start nothing until somebody says so.
        case stopped
    }

    private enum Phase: Sendable, Equatable {
        case free
        case emptying
        case listening(until: ContinuousClock.Instant)
        case stopped
    }

    private let isNeeded: Bool
    private let listens: Duration
    private var phase = Phase.free
    /// How deep what runs is.
    private var running = 0
    /// How deep what waits is.
    private(set) var waiting = 0
    private var silences = 0

    /// - Parameters:
    ///   - isNeeded: Whether the function can write there at all.
    ///   - stableFor: How long a file has to settle.
    init(isNeeded: Bool, stableFor: Duration) {
        self.isNeeded = isNeeded
        listens = stableFor + Self.silence
    }

    var verdict: Verdict {
        switch phase {
        case .free: .free
        case .emptying, .listening: .held
        case .stopped: .stopped
        }
    }

    /// When the listening ends; `nil` when it doesn't go on.
    var next: ContinuousClock.Instant? {
        guard case .listening(let end) = phase else { return nil }
        return end
    }

    /// Events were found.
    mutating func found(whileRunning isRunning: Bool) {
        guard isNeeded else { return }
        switch phase {
        case .free:
            waiting = isRunning ? max(waiting, running + 1) : 0
            if waiting > Self.deepest { phase = .emptying }
        case .listening:
            // Somebody else writes there.
            silences = 0
            begin()
        case .emptying, .stopped: break
        }
    }

    /// What waits was queued.
    mutating func started() { running = max(running, waiting) }

    /// Nothing runs any more.
    mutating func ended(now: ContinuousClock.Instant) {
        running = 0
        if phase == .emptying { phase = .listening(until: now + listens) }
    }

    /// Time has passed; true when the watch has just been stopped.
    mutating func look(now: ContinuousClock.Instant) -> Bool {
        guard case .listening(let end) = phase, end <= now else { return false }
        silences += 1
        guard silences >= Self.proofs else {
            begin()
            return false
        }
        phase = .stopped
        return true
    }

    /// Somebody who knows better lets it go on.
    mutating func release() {
        silences = 0
        begin()
    }

    private mutating func begin() {
        phase = .free
        running = 0
        waiting = 0
    }
}
