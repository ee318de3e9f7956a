internal import FunctionModel
internal import NIOCore

/// The admission of one function: what runs, what waits, and whether it may run now.
struct FunctionGate: Sendable {
    /// Runs this short may wait in a worker's window, and so long at most as is to be expected.
    static let quickRun = TimeAmount.microseconds(200)
    /// Runs that the average needs before it is believed.
    static let runsBeforeWindow = 8

    private(set) var definition: FunctionDefinition
    private(set) var concurrency: Int
    private var bucket: TokenBucket?
    /// Calls that a worker runs.
    var running = 0
    /// Those of them that wait for a function they called; each lends its place.
    var blocked = 0
    /// Calls that wait for a worker, the oldest first.
    var queue = CircularBuffer<Int>()
    var backoff = CrashBackoff()
    private(set) var averageRun = TimeAmount.zero
    private(set) var runs = 0

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
        self.definition = definition
        concurrency = quota.concurrency ?? defaultConcurrency
    }

    /// Takes a token of the function's rate.
    ///
    /// - Returns: `nil`, or how long it takes until there is one.
    mutating func takeToken(_ now: NIODeadline) -> TimeAmount? { bucket?.take(now) }

    private static func bucket(_ quota: Quota) -> TokenBucket? {
        quota.ratePerMinute.map { TokenBucket(ratePerMinute: $0, burst: quota.burst) }
    }

    /// Whether another call may run.
    var hasRoom: Bool { running - blocked < concurrency }

    /// How many of the waiting calls may run as soon as there are workers.
    var runnable: Int { max(0, min(queue.count, concurrency + blocked - running)) }

    /// Whether a run is so short that waiting behind another costs less than waking a worker.
    var isQuick: Bool { runs >= Self.runsBeforeWindow && averageRun < Self.quickRun }

    /// How many calls one worker runs while the last of them waits no longer than a quick run takes.
    private var callsPerWorker: Int {
        guard isQuick else { return 1 }
        return 1 + Int(Self.quickRun.nanoseconds / max(1, averageRun.nanoseconds))
    }

    /// How many calls a worker may hold: one, or a window of quick ones.
    var depth: Int { min(WorkerWindow.slots, callsPerWorker) }

    /// How many workers so many calls need.
    func workers(for calls: Int) -> Int { (calls + callsPerWorker - 1) / callsPerWorker }

    /// Whether calls have to wait for a crash to be got over.
    func isBackingOff(_ now: NIODeadline) -> Bool {
        definition.onCrash == .backoff && backoff.remaining(now) != nil
    }

    mutating func ran(_ run: TimeAmount) {
        let change = (run - averageRun).nanoseconds
        averageRun = runs == 0 ? run : averageRun + .nanoseconds(change / 8)
        runs += 1
    }
}
