/// Decides what the supervisor does about one worker's run: ask it to stop, end it, give it up.
///
/// A value without clocks or threads; all instants are nanoseconds of one monotonic clock.
struct RunWatch {
    /// What the supervisor sees of a run.
    struct Sight {
        /// Numbers the runs of a worker.
        var run: UInt64
        /// Whether it goes on; a run that is over needs nothing.
        var isActive: Bool
        /// Whether it was set to end by someone else, as after a crash of a side thread.
        var isEnding: Bool
        var startsImage: Bool
        var started: Int64
        var deadline: Int64
        /// CPU time that it may use; `Int64.max` for no limit.
        var cpuLimit: Int64
        var grace: Int64
        /// How many threads use CPU time on its account.
        var threads: Int64 = 1
        /// CPU time of the worker's own thread; needed only while it is ending.
        var ownCPU: Int64 = 0
        /// Whether the host has been told how it ends.
        var isAnswered = false
        /// Whether the host has asked it to stop.
        var isCancelled: Bool
    }

    enum Verdict: UInt32 {
        case time = 1
        case cpu = 2
        case cancelled = 3
        case start = 4
    }

    enum Action: Hashable {
        case nothing
        /// Tell it to stop.
        case cancel(Verdict)
        /// Take its text away and interrupt it.
        case end(Verdict)
        /// Interrupt it again.
        case kick
        /// Interrupt it again, and tell the host how it ends: its caller has waited enough.
        case answer
        /// Let it go.
        case abandon
    }

    /// How long a run may resist before its caller is answered all the same.
    static let courtesy: Int64 = 5_000_000
    /// How long it may resist before it is given up, if it has had its chance to end meanwhile.
    static let patience: Int64 = 150_000_000
    /// The CPU time that makes a chance.
    ///
    /// What ends needs less, and what resists uses more, be it only to be interrupted. A busy machine
    /// may leave a thread without any for longer than `patience`.
    static let chance: Int64 = 1_000_000
    /// How long it may resist in any case.
    static let utmost: Int64 = 1_000_000_000
    private static let kickInterval: Int64 = 1_000_000

    private var run: UInt64 = 0
    private var verdict: Verdict?
    private var askedAt: Int64 = 0
    private var endingSince: Int64?
    private var cpuBefore: Int64?
    private var isAbandoned = false

    /// Looks at the run: what to do now, and when to look again at the latest.
    ///
    /// `cpuUsed` is called only when the limit can have been passed.
    mutating func look(
        _ sight: Sight,
        now: Int64,
        cpuUsed: () -> Int64
    ) -> (action: Action, next: Int64) {
        if sight.run != run {
            self = RunWatch()
            run = sight.run
        }
        guard sight.isActive || sight.isEnding, !isAbandoned else { return (.nothing, .max) }
        if sight.isEnding { return lookAtEnding(sight, now: now) }
        if let verdict { return lookAtAsked(verdict, sight, now: now) }
        return lookAtRunning(sight, now: now, cpuUsed: cpuUsed)
    }

    private mutating func lookAtRunning(
        _ sight: Sight,
        now: Int64,
        cpuUsed: () -> Int64
    ) -> (action: Action, next: Int64) {
        if sight.isCancelled { return ask(.cancelled, sight, now: now) }
        if now >= sight.deadline { return ask(sight.startsImage ? .start : .time, sight, now: now) }
        guard sight.cpuLimit != .max else { return (.nothing, sight.deadline) }
        // A thread can't have used more than the time that has passed.
        var next = sight.started + sight.cpuLimit / sight.threads
        if now >= next {
            let left = sight.cpuLimit - cpuUsed()
            if left <= 0 { return ask(.cpu, sight, now: now) }
            next = now + left / sight.threads
        }
        return (.nothing, min(sight.deadline, next))
    }

    private mutating func ask(
        _ verdict: Verdict,
        _ sight: Sight,
        now: Int64
    ) -> (action: Action, next: Int64) {
        self.verdict = verdict
        askedAt = now
        if sight.grace <= 0 || verdict == .start { return end(verdict, now: now) }
        return (.cancel(verdict), now + sight.grace)
    }

    private mutating func lookAtAsked(
        _ verdict: Verdict,
        _ sight: Sight,
        now: Int64
    ) -> (action: Action, next: Int64) {
        let end = askedAt + sight.grace
        return now >= end ? self.end(verdict, now: now) : (.nothing, end)
    }

    private mutating func end(_ verdict: Verdict, now: Int64) -> (action: Action, next: Int64) {
        endingSince = now
        return (.end(verdict), now + Self.kickInterval)
    }

    private mutating func lookAtEnding(
        _ sight: Sight,
        now: Int64
    ) -> (action: Action, next: Int64) {
        let since = endingSince ?? now
        endingSince = since
        let before = cpuBefore ?? sight.ownCPU
        cpuBefore = before
        let patience = sight.ownCPU - before >= Self.chance ? Self.patience : Self.utmost
        guard now - since < patience else {
            isAbandoned = true
            return (.abandon, .max)
        }
        let isLate = now - since >= Self.courtesy && !sight.isAnswered
        return (isLate ? .answer : .kick, now + Self.kickInterval)
    }
}
