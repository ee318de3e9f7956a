import FunctionModel
import NIOCore
import Synchronization

/// A worker that does what a test says.
final class FakeWorker: WorkerHandle {
    let eventLoop: any EventLoop
    let load = Duration.microseconds(300)
    let start = Duration.microseconds(40)
    let cellID: Int
    let plan: WorkerPlan
    let observer: any WorkerObserver
    private let state = Mutex(State())

    struct Answer: Sendable {
        var call: UInt32
        var status: Int
        var payload: String
    }

    private struct State {
        var held: [WorkerJob] = []
        var body: [String] = []
        var ends = 0
        var credit = 0
        var cancels: [CancelReason] = []
        var answers: [Answer] = []
        var isRetired = false
    }

    init(loop: any EventLoop, plan: WorkerPlan, observer: any WorkerObserver, cellID: Int) {
        eventLoop = loop
        self.plan = plan
        self.observer = observer
        self.cellID = cellID
    }

    /// What it has been given and not ended; the first one runs.
    var held: [WorkerJob] { state.withLock { $0.held } }
    /// The pieces of request bodies that came.
    var body: [String] { state.withLock { $0.body } }
    /// How many bodies have come to their end by a piece.
    var bodyEnds: Int { state.withLock { $0.ends } }
    /// The credit granted.
    var credit: Int { state.withLock { $0.credit } }
    /// The stops asked for.
    var cancels: [CancelReason] { state.withLock { $0.cancels } }
    /// The answers to host calls.
    var answers: [Answer] { state.withLock { $0.answers } }
    /// Whether it was asked to retire.
    var isRetired: Bool { state.withLock { $0.isRetired } }

    func submit(_ job: WorkerJob) { state.withLock { $0.held.append(job) } }

    /// Only the first one has started.
    func recall(_ job: WorkerJob) -> Bool {
        state.withLock { state in
            guard let place = state.held.firstIndex(where: { $0 === job }), place > 0 else {
                return false
            }
            state.held.remove(at: place)
            return true
        }
    }

    func sendBody(_ job: WorkerJob, _ piece: ByteBuffer, end: Bool) {
        state.withLock {
            $0.body.append(String(buffer: piece))
            if end { $0.ends += 1 }
        }
    }

    func grantCredit(_ job: WorkerJob, bytes: Int) { state.withLock { $0.credit += bytes } }

    func cancel(_ job: WorkerJob, _ reason: CancelReason) {
        state.withLock { $0.cancels.append(reason) }
    }

    func answer(_ job: WorkerJob, call: UInt32, _ answer: HostAnswer) {
        let text = String(buffer: answer.payload)
        let kept = Answer(call: call, status: answer.status, payload: text)
        state.withLock { $0.answers.append(kept) }
    }

    func retire() {
        state.withLock { $0.isRetired = true }
    }

    /// Ends the running job.
    func end(
        _ outcome: Outcome = .succeeded,
        body: String = "",
        run: Duration = .milliseconds(1),
        peakMemory: ByteCount = ByteCount(bytes: 0)
    ) {
        guard let job = takeFirst() else { return }
        var usage = Usage()
        usage.run = run
        usage.peakMemory = peakMemory
        let isOrderly = outcome == .succeeded
        let result = InvocationResult(
            outcome: outcome,
            head: isOrderly ? ResponseHead(status: 200) : nil,
            body: ByteBuffer(string: body),
            error: isOrderly
                ? nil : InvocationError(kind: outcome.rawValue, message: "it \(outcome)"),
            usage: usage
        )
        job.observer.jobDidEnd(job, result)
    }

    /// Ends with everything it holds: the running job so, the others not begun.
    func die(_ reason: WorkerEnd, running outcome: Outcome? = nil) {
        if let outcome { end(outcome) }
        let unstarted = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        observer.workerDidEnd(self, reason: reason, unstarted: unstarted)
    }

    /// Has a crash end the running job and the worker.
    func crash(_ outcome: Outcome = .crashed) { die(.ended(outcome), running: outcome) }

    /// Crashes on what somebody else in its cell may have destroyed.
    func crashOnRubbish() {
        guard let job = takeFirst() else { return }
        var result = InvocationResult(
            outcome: .crashed,
            error: InvocationError(kind: "crashed", message: "it crashed")
        )
        result.mayBeAnothers = true
        job.observer.jobDidEnd(job, result)
        die(.ended(.crashed))
    }

    private func takeFirst() -> WorkerJob? {
        state.withLock { $0.held.isEmpty ? nil : $0.held.removeFirst() }
    }
}
