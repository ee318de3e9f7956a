/// Lets a few probes run at a time, in the order in which they came.
struct ProbeQueue<Request> {
    private let atOnce: Int
    private let maximum: Int
    private var waiting: [Request] = []
    private var head = 0
    private(set) var running = 0

    /// - Parameters:
    ///   - atOnce: how many may run.
    ///   - maximum: how many may wait.
    init(atOnce: Int, maximum: Int) {
        self.atOnce = atOnce
        self.maximum = maximum
    }

    /// How many wait.
    var count: Int { waiting.count - head }

    /// Appends a request; false when too many wait.
    mutating func append(_ request: Request) -> Bool {
        guard count < maximum else { return false }
        waiting.append(request)
        return true
    }

    /// Takes the next request when one may start.
    mutating func next() -> Request? {
        guard running < atOnce, head < waiting.count else { return nil }
        running += 1
        defer {
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return waiting[head]
    }

    /// Notes that one has ended.
    mutating func finish() { running -= 1 }

    /// Takes everything that waits.
    mutating func drain() -> [Request] {
        defer {
            waiting = []
            head = 0
        }
        return Array(waiting[head...])
    }
}
