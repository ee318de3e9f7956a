internal import FunctionModel
internal import NIOCore

/// The admission of one function: what runs, what waits, and whether it may run now.
struct FunctionGate: Sendable {
    /// Runs this short may wait in a worker's window, and so long at most as is to be expected.
    static let quickRun = TimeAmount.microseconds(200)
    /// Runs that the average needs before it is believed.
    static let runsBeforeWindow = 8
    /// The most that the queue may claim ahead of free places.
    static let mostAhead = 256

    private(set) var definition: FunctionDefinition
    private(set) var concurrency: Int
    private var bucket: TokenBucket?
    /// Calls that a worker runs; of a sequence those that have begun, and steps that the queue runs.
    var running = 0
    /// Those of them that wait for a function they called; each lends its place.
    var blocked = 0
    /// Calls that wait for a worker, the oldest first.
    var queue = CircularBuffer<Int>()
    private var breaker = CircuitBreaker()
    private(set) var averageRun = TimeAmount.zero
    /// Runs whose time is known, whatever their outcome.
    private(set) var runs = 0
    /// Runs that succeeded.
    private(set) var goodRuns = 0
    /// Cells that ended while it ran there.
    var incidents = 0
    /// Where it ran last, and until when.
    private(set) var last: (cell: Int, ended: NIODeadline)?

    init(_ definition: FunctionDefinition, defaultConcurrency: Int) {
        self.definition = definition
        concurrency = definition.quota.concurrency ?? defaultConcurrency
        bucket = Self.bucket(definition.quota)
    }

    /// Lays a changed definition over the gate; a bucket whose rate stays keeps its level.
    mutating func update(_ definition: FunctionDefinition, defaultConcurrency: Int) {
        let before = self.definition.quota
        let quota = definition.quota
        if before.ratePerMinute != quota.ratePerMinute || before.burst != quota.burst {
            bucket = Self.bucket(quota)
        }
        if self.definition.onCrash != definition.onCrash { breaker.reset() }
        self.definition = definition
        concurrency = quota.concurrency ?? defaultConcurrency
    }

    /// Whether it is a sequence: its calls are run by no worker.
    var isSequence: Bool { definition.manifest.sequence != nil }

    /// Takes a token of the function's rate.
    ///
    /// - Returns: `nil`, or how long it takes until there is one.
    mutating func takeToken(_ now: NIODeadline) -> TimeAmount? { bucket?.take(now) }

    private static func bucket(_ quota: Quota) -> TokenBucket? {
        quota.ratePerMinute.map { TokenBucket(ratePerMinute: $0, burst: quota.burst) }
    }

    /// How many calls may run: after a pause one, until it has succeeded.
    private var allowed: Int { breaker.isTripped ? 1 : concurrency }

    /// Whether another call may run.
    var hasRoom: Bool { running - blocked < allowed }

    /// How many calls could begin without waiting behind others.
    var freePlaces: Int { max(0, allowed + blocked - running - queue.count) }

    /// How many of them the queue may take: one place stays free for those who wait for a reply,
    /// unless there is only one.
    var freeForQueue: Int { allowed > 1 ? max(0, freePlaces - 1) : freePlaces }

    /// How many the queue may claim ahead: as many as run in about 5 ms, once that is known.
    var ahead: Int {
        guard runs >= Self.runsBeforeWindow, !breaker.isTripped else { return 0 }
        let each = max(averageRun.nanoseconds, 10_000)
        return min(Self.mostAhead, Int(Int64(allowed) * 5_000_000 / each))
    }

    /// How many of the waiting calls may run as soon as there are workers.
    var runnable: Int { max(0, min(queue.count, allowed + blocked - running)) }

    /// Whether a run is so short that waiting behind another costs less than waking a worker.
    var isQuick: Bool {
        !breaker.isTripped && runs >= Self.runsBeforeWindow && averageRun < Self.quickRun
    }

    /// How many calls one worker runs while the last of them waits no longer than a quick run takes.
    private var callsPerWorker: Int {
        guard isQuick else { return 1 }
        return 1 + Int(Self.quickRun.nanoseconds / max(1, averageRun.nanoseconds))
    }

    /// How many calls a worker may hold: one, or a window of quick ones.
    var depth: Int { min(WorkerWindow.slots, callsPerWorker) }

    /// How many workers so many calls need.
    func workers(for calls: Int) -> Int { (calls + callsPerWorker - 1) / callsPerWorker }

    /// Whether calls have to wait for a pause to be over.
    func isBackingOff(_ now: NIODeadline) -> Bool { pause(now) != nil }

    /// What is left of the pause after crashes or errors; `nil` when there is none.
    func pause(_ now: NIODeadline) -> TimeAmount? { breaker.remaining(now) }

    /// Why there is a pause, or only one call at a time.
    var cause: CircuitBreaker.Cause? { breaker.cause }

    /// Learns from a call's end.
    mutating func ended(_ result: InvocationResult, _ now: NIODeadline) {
        if result.outcome == .succeeded {
            breaker.succeeded(now)
        } else if result.outcome.isCrash, definition.onCrash == .backoff {
            breaker.crashed(now)
        }
        guard let percent = definition.quota.errorPercent, result.outcome != .cancelled else {
            return
        }
        let isError = result.outcome != .succeeded && result.status >= 500
        breaker.count(isError: isError, limit: percent, now)
    }

    /// Lets calls run as if nothing had happened.
    mutating func forgive() { breaker.reset() }

    /// Learns that it may have brought the cell that it ran in to its end, or surely has.
    mutating func endedItsCell(_ now: NIODeadline, isProven: Bool) {
        guard definition.onCrash == .backoff else { return }
        if isProven { breaker.harmedOthers(now) } else { breaker.crashed(now) }
    }

    /// Notes where it has just run.
    mutating func left(_ cell: Int, _ now: NIODeadline) { last = (cell, now) }

    mutating func ran(_ run: TimeAmount, isGood: Bool) {
        let change = (run - averageRun).nanoseconds
        averageRun = runs == 0 ? run : averageRun + .nanoseconds(change / 8)
        runs += 1
        if isGood { goodRuns += 1 }
    }
}
