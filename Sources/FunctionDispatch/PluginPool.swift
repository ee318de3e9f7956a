internal import FunctionModel
internal import NIOCore

/// One version of a plugin with its workers.
///
/// One image serves all functions of the plugin, so the workers are shared; how many calls of a
/// function run at a time is its gate's business.
struct PluginPool: Sendable {
    enum Phase: Sendable, Equatable {
        /// Its first worker is being started; nothing is routed here yet.
        case warming
        /// Requests are routed here.
        case serving
        /// Another version has taken over, or none; ends what it was given until the instant.
        case draining(until: NIODeadline)
        /// The place in the table is free.
        case gone
    }

    /// Of its limit, what a worker counts before anything is known of it.
    private static let partOfLimit = 64

    var id: PoolID
    var version: PluginVersion
    var plan: WorkerPlan
    var phase = Phase.warming
    var gates: [FunctionGate]
    var workers: [WorkerSlot] = []
    var freeWorkers: [Int] = []
    /// Idle workers; the last one is used first, so that the others grow old.
    var idle: [Int] = []
    /// Gates that have calls waiting.
    var waiting: [Int] = []
    /// Calls of sequences that have begun; they need no worker of this pool.
    var sequences: [Int] = []
    /// Calls under way, waiting ones included.
    var live = 0
    /// Workers that take work now or soon.
    var alive = 0
    /// Those of them that are not yet ready.
    var starting = 0
    /// Running calls that wait for a function they called.
    var blocked = 0
    /// Whether nothing of it is run until an operator or a new version steps in.
    var isQuarantined = false
    var startBackoff = CrashBackoff()
    /// Workers, in a row, whose cells ended or were renewed while they started.
    var lostStarts = 0
    /// Cells that ended while a worker of it was starting there.
    var incidents = 0
    /// Why the last start failed.
    var startProblem: PluginRefusal?
    /// What a worker of it has been seen to need, in bytes; before that a part of what it may have.
    var workerMemory: Int
    /// Whether that has been measured.
    var isMeasured = false

    init(
        id: PoolID,
        version: PluginVersion,
        definitions: [FunctionDefinition],
        settings: DispatchSettings
    ) {
        self.id = id
        self.version = version
        plan = Self.plan(version, definitions)
        gates = definitions.map {
            FunctionGate($0, defaultConcurrency: settings.defaultConcurrency)
        }
        let limit = definitions.map(\.quota.memory.bytes).max() ?? 0
        workerMemory = max(settings.workerMemory.bytes, limit / Self.partOfLimit)
    }

    /// How many workers it may have: as many as its widest function needs, and one more for each
    /// that only waits for another.
    var maximumWorkers: Int { (gates.lazy.map(\.concurrency).max() ?? 1) + blocked }

    /// How long a worker may be idle.
    var idleTime: TimeAmount {
        TimeAmount(gates.lazy.map(\.definition.quota.idleTime).max() ?? .seconds(60))
    }

    /// Whether it is empty: no calls, no workers.
    var isEmpty: Bool { live == 0 && workers.count == freeWorkers.count }

    /// Whether new work may come in.
    var isOpen: Bool { phase == .serving || phase == .warming }

    /// The worker plan of a version under given definitions.
    static func plan(_ version: PluginVersion, _ definitions: [FunctionDefinition]) -> WorkerPlan {
        let needsCell = definitions.contains { $0.isolation == .process }
        return WorkerPlan(
            version: version,
            functions: definitions,
            isolation: needsCell ? .process : .thread,
            startTimeout: definitions.map(\.quota.startTimeout).max() ?? .seconds(5)
        )
    }

    /// The waiting gate whose first call has waited longest, among those that may run now.
    func nextGate(_ calls: [CallState], _ now: NIODeadline) -> Int? {
        var best: (gate: Int, since: NIODeadline)?
        for gate in waiting {
            guard gates[gate].hasRoom, !gates[gate].isBackingOff(now),
                let first = gates[gate].queue.first
            else { continue }
            let since = calls[first].enqueued
            if let best, best.since <= since { continue }
            best = (gate, since)
        }
        return best?.gate
    }

    /// Gates where calls wait: for a worker, or of a sequence for a place.
    var queues: [Int] {
        waiting + gates.indices.filter { gates[$0].isSequence && !gates[$0].queue.isEmpty }
    }

    mutating func popFirst(of gate: Int) -> Int? {
        let first = gates[gate].queue.popFirst()
        if gates[gate].queue.isEmpty { waiting.removeAll { $0 == gate } }
        return first
    }

    mutating func append(_ call: Int, to gate: Int) {
        if gates[gate].queue.isEmpty { waiting.append(gate) }
        gates[gate].queue.append(call)
    }

    mutating func prepend(_ call: Int, to gate: Int) {
        if gates[gate].queue.isEmpty { waiting.append(gate) }
        gates[gate].queue.prepend(call)
    }

    /// Takes a call out of the middle of a queue.
    mutating func withdraw(_ call: Int, from gate: Int) {
        guard let place = gates[gate].queue.firstIndex(of: call) else { return }
        gates[gate].queue.remove(at: place)
        if gates[gate].queue.isEmpty { waiting.removeAll { $0 == gate } }
    }

    /// Gives a worker no more work.
    mutating func close(_ worker: Int) {
        switch workers[worker].phase {
        case .closing: return
        case .idle: idle.removeAll { $0 == worker }
        case .starting: starting -= 1
        case .busy: break
        }
        workers[worker].phase = .closing
        alive -= 1
    }
}
