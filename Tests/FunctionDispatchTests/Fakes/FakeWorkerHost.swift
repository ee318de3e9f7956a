import FunctionModel
import NIOCore
import Synchronization

/// Starts workers when a test says so.
final class FakeWorkerHost: WorkerHost {
    private let loop: any EventLoop
    private let state = Mutex(State())

    private struct State {
        var asked: [(plan: WorkerPlan, observer: any WorkerObserver)] = []
        var workers: [FakeWorker] = []
        var starts = 0
        var harmed: [Int] = []
        var oneCell = false
    }

    init(loop: any EventLoop) { self.loop = loop }

    /// Starts that have been asked for and not answered.
    var pending: Int { state.withLock { $0.asked.count } }
    /// Starts that have ever been asked for.
    var starts: Int { state.withLock { $0.starts } }
    /// Every worker that was started.
    var workers: [FakeWorker] { state.withLock { $0.workers } }
    /// The plan of the oldest start that has not been answered.
    var nextPlan: WorkerPlan? { state.withLock { $0.asked.first?.plan } }

    func startWorker(_ plan: WorkerPlan, observer: any WorkerObserver) {
        state.withLock {
            $0.asked.append((plan, observer))
            $0.starts += 1
        }
    }

    /// Has the oldest start succeed.
    @discardableResult
    func ready() -> FakeWorker? {
        let next = state.withLock { state -> FakeWorker? in
            guard !state.asked.isEmpty else { return nil }
            let (plan, observer) = state.asked.removeFirst()
            let worker = FakeWorker(
                loop: loop,
                plan: plan,
                observer: observer,
                cellID: state.oneCell ? 1 : state.workers.count + 1
            )
            state.workers.append(worker)
            return worker
        }
        if let next { next.observer.workerDidStart(next) }
        return next
    }

    /// Has every start that is asked for succeed, also those that follow from it.
    func readyAll() { while ready() != nil {} }

    /// Has the oldest start fail.
    func fail(_ message: String = "it does not load") {
        let observer = state.withLock { $0.asked.isEmpty ? nil : $0.asked.removeFirst().observer }
        let refusal = PluginRefusal(kind: "startFailed", message: message)
        observer?.workerDidEnd(nil, reason: .failedToStart(refusal), unstarted: [])
    }

    /// Has the oldest start end with its cell.
    func lose(_ reason: WorkerEnd = .cellLost) {
        let observer = state.withLock { $0.asked.isEmpty ? nil : $0.asked.removeFirst().observer }
        observer?.workerDidEnd(nil, reason: reason, unstarted: [])
    }

    /// Whether all workers live in cell 1; otherwise each has its own.
    var oneCell: Bool {
        get { state.withLock { $0.oneCell } }
        set { state.withLock { $0.oneCell = newValue } }
    }

    /// Cells that were to be renewed because they are harmed.
    var harmed: [Int] { state.withLock { $0.harmed } }

    func renew(harmed cell: Int) { state.withLock { $0.harmed.append(cell) } }

    func probe(
        imagePath: String,
        entrySymbol: String,
        timeout: Duration
    ) async throws -> ProbeReport {
        throw PluginRefusal(kind: "fake", message: "a fake host probes nothing")
    }
}
