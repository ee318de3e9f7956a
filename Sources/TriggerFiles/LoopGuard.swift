/// Tells a function that feeds itself, by writing where it watches, from a directory where much goes on.
///
/// Nothing that the kernel tells says who has written a file. So an event that is found while an
/// invocation of the watch runs counts as one step deeper than that invocation; an event at another
/// time begins anew. When that has gone too deep, the watch is held: nothing more is started, what runs
/// ends, and then it is listened to for a while, longer than others who write there have paused so far.
/// What changes now was not the function; nor is what changes later while nothing has run for as long.
/// Three times nothing, and it was: the watch is stopped.
struct LoopGuard: Sendable, Equatable {
    /// How deep events may lead to events; as deep as functions may queue each other.
    static let deepest = 16
    /// How often silence has to follow.
    static let proofs = 3
    /// How long is listened at least, beyond the time that a file has to settle.
    static let silence = Duration.milliseconds(500)
    /// How long is listened at most.
    static let longest = Duration.seconds(600)

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
    /// After what time what is found can't be the work of a run that has ended.
    private let aftermath: Duration
    private var phase = Phase.free
    /// Whether something runs, as far as it was told.
    private var isRunning = false
    /// When the last run ended.
    private var quietSince: ContinuousClock.Instant?
    /// When events were found last; as much later as it was listened to nothing since.
    private var lastFound: ContinuousClock.Instant?
    /// The longest pause between events since somebody else was last heard.
    private var pause = Duration.zero
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
        aftermath = stableFor + Self.silence
    }

    /// How long is listened.
    private var listens: Duration { max(aftermath, min(pause * 2, Self.longest)) }

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
    mutating func found(whileRunning isRunning: Bool, now: ContinuousClock.Instant) {
        guard isNeeded else { return }
        switch phase {
        case .free:
            if isRunning {
                measure(now)
                waiting = max(waiting, running + 1)
                self.isRunning = true
            } else {
                if isSilent(now) { acquit() }
                lastFound = now
                waiting = 0
            }
            if waiting > Self.deepest { phase = .emptying }
        case .emptying: measure(now)
        case .listening:
            // Somebody else writes there.
            acquit()
            lastFound = now
            begin()
        case .stopped: break
        }
    }

    private mutating func measure(_ now: ContinuousClock.Instant) {
        if let lastFound { pause = max(pause, now - lastFound) }
        lastFound = now
    }

    /// Whether nothing runs, nor has for so long that what is found now is somebody else's.
    private func isSilent(_ now: ContinuousClock.Instant) -> Bool {
        !isRunning && quietSince.map { now - $0 > aftermath } ?? true
    }

    /// What waits was queued.
    mutating func started() {
        running = max(running, waiting)
        isRunning = true
    }

    /// Nothing runs any more.
    mutating func ended(now: ContinuousClock.Instant) {
        running = 0
        if isRunning { quietSince = now }
        isRunning = false
        if phase == .emptying { phase = .listening(until: now + listens) }
    }

    /// Time has passed; true when the watch has just been stopped.
    mutating func look(now: ContinuousClock.Instant) -> Bool {
        guard case .listening(let end) = phase, end <= now else { return false }
        silences += 1
        guard silences >= Self.proofs else {
            // Nobody could have been answered meanwhile: that is no pause of the function's.
            lastFound = lastFound.map { $0 + listens }
            begin()
            return false
        }
        phase = .stopped
        return true
    }

    /// Somebody who knows better lets it go on.
    mutating func release() {
        acquit()
        begin()
    }

    /// It wasn't the function.
    private mutating func acquit() {
        silences = 0
        pause = .zero
    }

    private mutating func begin() {
        phase = .free
        running = 0
        waiting = 0
    }
}
