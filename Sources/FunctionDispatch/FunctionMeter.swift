internal import CoreMetrics
internal import FunctionModel
internal import Metrics
internal import Synchronization

/// The metrics of one function, with their handlers made once.
final class FunctionMeter: Sendable {
    let label: String
    private let factory: any MetricsFactory
    private let duration: Metrics.Timer
    private let queueWait: Metrics.Timer
    private let cpu: FloatingPointCounter
    private let kept: Mutex<Kept>

    private struct Kept {
        var invocations: [Counter?]
        var rejections: [String: Counter] = [:]
        var crashes: [String: Counter] = [:]
        var counts: [Int]
    }

    /// - Parameters:
    ///   - label: The function's full name, or `other` beyond the configured number.
    ///   - factory: Where the handlers come from.
    init(label: String, factory: any MetricsFactory = MetricsSystem.factory) {
        self.label = label
        self.factory = factory
        let dimensions = [("function", label)]
        duration = Metrics.Timer(
            label: "roost_invocation_duration_seconds",
            dimensions: dimensions,
            factory: factory
        )
        queueWait = Metrics.Timer(
            label: "roost_queue_wait_seconds",
            dimensions: dimensions,
            factory: factory
        )
        cpu = FloatingPointCounter(
            label: "roost_cpu_seconds_total",
            dimensions: dimensions,
            factory: factory
        )
        let outcomes = Outcome.allCases.count
        kept = Mutex(
            Kept(
                invocations: Array(repeating: nil, count: outcomes * TriggerKind.allCases.count),
                counts: Array(repeating: 0, count: outcomes)
            )
        )
    }

    /// Counts an invocation that is over.
    func ended(_ trigger: TriggerKind, _ result: InvocationResult) {
        let counter = kept.withLock { kept in
            kept.counts[result.outcome.position] += 1
            if let error = result.error, result.outcome == .rejected {
                count(&kept.rejections, "roost_rejections_total", "reason", error.kind)
            }
            if result.outcome.isCrash {
                let kind = result.error?.kind ?? result.outcome.rawValue
                count(&kept.crashes, "roost_crashes_total", "kind", kind)
            }
            return invocations(&kept, trigger, result.outcome)
        }
        counter.increment()
        guard result.outcome != .rejected else { return }
        duration.recordNanoseconds(result.usage.run.wholeNanoseconds)
        queueWait.recordNanoseconds(result.usage.queued.wholeNanoseconds)
        cpu.increment(by: result.usage.cpu.inSeconds)
    }

    /// How many ended in which way; only ways that have happened.
    var counts: [String: Int] {
        let counts = kept.withLock { $0.counts }
        var named: [String: Int] = [:]
        for outcome in Outcome.allCases where counts[outcome.position] > 0 {
            named[outcome.rawValue] = counts[outcome.position]
        }
        return named
    }

    private func invocations(
        _ kept: inout Kept,
        _ trigger: TriggerKind,
        _ outcome: Outcome
    ) -> Counter {
        let place = trigger.position * Outcome.allCases.count + outcome.position
        if let counter = kept.invocations[place] { return counter }
        let counter = Counter(
            label: "roost_invocations_total",
            dimensions: [
                ("function", label), ("trigger", trigger.rawValue), ("outcome", outcome.rawValue),
            ],
            factory: factory
        )
        kept.invocations[place] = counter
        return counter
    }

    /// Kinds come from plugins too, so beyond 32 of them the rest count as `other`.
    private func count(
        _ counters: inout [String: Counter],
        _ name: String,
        _ dimension: String,
        _ value: String
    ) {
        let value = counters[value] != nil || counters.count < 32 ? value : "other"
        if let counter = counters[value] { return counter.increment() }
        let counter = Counter(
            label: name,
            dimensions: [("function", label), (dimension, value)],
            factory: factory
        )
        counters[value] = counter
        counter.increment()
    }
}

extension Outcome {
    /// Its place in `allCases`.
    fileprivate var position: Int {
        switch self {
        case .succeeded: 0
        case .failed: 1
        case .crashed: 2
        case .timedOut: 3
        case .cpuExceeded: 4
        case .memoryExceeded: 5
        case .cancelled: 6
        case .rejected: 7
        case .lost: 8
        }
    }

    /// Whether the function's own fault has cost its worker.
    var isCrash: Bool { self == .crashed || self == .memoryExceeded }

    /// Whether it was asked to stop, and may have cost its worker by not doing so in time.
    var wasStopped: Bool { self == .timedOut || self == .cpuExceeded || self == .cancelled }
}

extension TriggerKind {
    /// Its place in `allCases`.
    fileprivate var position: Int {
        switch self {
        case .http: 0
        case .cron: 1
        case .file: 2
        case .queue: 3
        case .event: 4
        case .call: 5
        case .operator: 6
        }
    }
}
