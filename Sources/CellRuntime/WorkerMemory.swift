internal import CellProtocol

/// What a worker may hold of memory, and how it comes along with that.
struct WorkerMemory {
    /// The limit outside of invocations, in bytes; 0 for none.
    private(set) var limit: UInt64 = 0
    private var limits: [UInt64] = []
    var trend = MemoryTrend()
    /// What the worker held when its run began.
    var before: UInt64 = 0

    /// With less not even the cell's own part of an invocation would run.
    private static let least: UInt64 = 2 << 20

    private static func workable(_ limit: UInt64) -> UInt64 { limit == 0 ? 0 : max(limit, least) }

    init() {}

    init(_ frame: ConfigureFrame) {
        limit = Self.workable(frame.memoryLimit)
        limits = frame.functionMemoryLimits.map(Self.workable)
    }

    /// The limit while a function runs; 0 for none.
    func limit(of function: Int?) -> UInt64 {
        guard let function, limits.indices.contains(function) else { return limit }
        return limits[function]
    }
}

/// Decides from the memory of finished invocations whether a worker is to be replaced before one of
/// them fails at the limit: what grows with every call is a leak.
struct MemoryTrend {
    /// One invocation's memory, in bytes.
    struct Sight {
        var before: UInt64
        var peak: UInt64
        var after: UInt64
        /// All pages, free ones between used ones included, when there was a lack of them; else 0.
        var pages: UInt64
        /// 0 for none.
        var limit: UInt64
    }

    /// Caches fill in the first invocations; what is there then is no leak.
    private static let settlingRuns = 4

    private var runs = 0
    private var settled: UInt64 = 0
    /// The most that an invocation has needed for itself.
    private var need: UInt64 = 0

    /// Learns from an invocation; true when the worker has no room left for one more.
    mutating func isSpent(after sight: Sight) -> Bool {
        need = max(need, sight.peak - min(sight.peak, sight.before))
        if runs < Self.settlingRuns {
            runs += 1
            settled = max(settled, sight.after)
            return false
        }
        guard sight.limit > 0, sight.after > settled + sight.limit / 16 else { return false }
        let reserve = sight.limit / 8
        let held = max(sight.after, sight.pages)
        return held + need + need / 4 + reserve > sight.limit
    }
}
