internal import CellProtocol
internal import FunctionModel
internal import Logging
internal import NIOCore

/// One worker's channel on the host's side: checks what comes in, writes what goes out, and settles
/// every job when it ends.
///
/// Everything but `close` happens on `eventLoop`; that confinement is what makes it sendable.
final class CellWorker: WorkerHandle, @unchecked Sendable {
    let eventLoop: any EventLoop
    let assignment: WorkerAssignment
    let page: SlotPage
    let logger: Logger
    /// Tells the keeper; may be called on any thread.
    let notify: @Sendable (WorkerNotice) -> Void

    var state = WorkerChannelState<WorkerJob>()
    var observer: (any WorkerObserver)?
    var context: ChannelHandlerContext?
    /// What has come in and is not yet a whole frame.
    var pending: ByteBuffer?
    var writer = FrameWriter(capacity: 1_024)
    var flushIsScheduled = false
    /// Jobs that came too late to be sent; they go back as unstarted.
    var held: [WorkerJob] = []
    var startBackstop: Scheduled<Void>?
    var endBackstop: Scheduled<Void>?
    var jobBackstop: (deadline: NIODeadline, task: Scheduled<Void>)?
    /// Says what became of jobs that had started when the channel closed without a word; set before the
    /// channel opens.
    var lossOfCell: @Sendable () -> InvocationResult = { .lost }
    /// Whether its cell is being renewed, so that its end is no surprise.
    var isMoving = false
    var isFinished = false
    private var hasStarted = false
    /// Whether it was asked to end before it had started.
    private var retiresAtStart = false
    /// Kept of a probe's `ready` frame only.
    var manifest: ByteBuffer?
    private(set) var load = Duration.zero
    private(set) var start = Duration.zero

    init(
        assignment: WorkerAssignment,
        eventLoop: any EventLoop,
        page: SlotPage,
        logger: Logger,
        observer: any WorkerObserver,
        notify: @escaping @Sendable (WorkerNotice) -> Void
    ) {
        self.assignment = assignment
        self.eventLoop = eventLoop
        self.page = page
        self.logger = logger
        self.observer = observer
        self.notify = notify
    }

    var cellID: Int { assignment.cell }

    func retire() {
        retiresAtStart = state.phase == .starting
        guard state.retire() else { return }
        send(FrameHeader(kind: .retire))
        expectEnd()
    }

    /// Its cell is being renewed: lets the dispatcher start a replacement first.
    ///
    /// - Parameter cellIsBroken: Whether what has not yet started there may never do so.
    func move(cellIsBroken: Bool) {
        guard !isFinished, !isMoving else { return }
        isMoving = true
        switch state.phase {
        case .running: observer?.workerShouldMove(self)
        case .starting: if cellIsBroken { finish(.cellRenewed) }
        case .retiring, .ended: break
        }
    }

    /// The worker has started.
    func didStart(_ frame: ReadyFrame, _ payload: ByteBuffer) {
        startBackstop?.cancel()
        load = .nanoseconds(Int64(clamping: frame.load))
        start = .nanoseconds(Int64(clamping: frame.start))
        if let expected = assignment.functionCount {
            guard expected == Int(frame.functions) else { return refuseManifest(frame, expected) }
        } else {
            manifest = WorkerResults(payload: payload).slice(frame.manifest)
        }
        hasStarted = true
        observer?.workerDidStart(self)
        if isMoving { observer?.workerShouldMove(self) }
        if retiresAtStart { retire() }
    }

    /// Settles every job, closes the channel and tells everyone, once.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - jobResult: The end of jobs that had started and have no end of their own.
    func finish(_ reason: WorkerEnd, jobResult: InvocationResult = .lost) {
        guard !isFinished else { return }
        isFinished = true
        startBackstop?.cancel()
        endBackstop?.cancel()
        jobBackstop?.task.cancel()
        var unstarted: [WorkerJob] = []
        var suspect = suspectAtStart(reason)
        for entry in state.close() {
            if page.recall(slot: entry.slot, sequence: entry.sequence) {
                unstarted.append(entry.job)
            } else {
                if case .cellLost = reason { suspect = suspect ?? self.suspect(running: entry.job) }
                // What outlived its time and took its cell with it has run out of time.
                let isLate = jobResult.outcome == .lost && entry.job.deadline <= .now()
                entry.job.observer.jobDidEnd(entry.job, isLate ? .overdue : jobResult)
            }
        }
        context?.close(promise: nil)
        notify(.closed(suspect))
        let observer = observer
        self.observer = nil
        observer?.workerDidEnd(
            hasStarted ? self : nil,
            reason: reason,
            unstarted: unstarted + held
        )
        held = []
    }

    /// The cell broke a rule: whatever it says from now on is not heard.
    func violate(_ reason: String) {
        guard !isFinished else { return }
        let culprit = suspect(running: state.entries.first?.job)
        notify(.violated(culprit, "worker of \(assignment.plugin): \(reason)"))
        finish(.cellLost)
    }

    private func suspect(running job: WorkerJob?) -> CellIncident.Suspect {
        CellIncident.Suspect(
            plugin: assignment.plugin,
            contentHash: assignment.contentHash,
            function: job?.request.function
        )
    }

    /// Whom to look at when a cell ends while the worker is being loaded or started.
    private func suspectAtStart(_ reason: WorkerEnd) -> CellIncident.Suspect? {
        guard case .cellLost = reason, state.phase == .starting else { return nil }
        return suspect(running: nil)
    }

    private func refuseManifest(_ frame: ReadyFrame, _ expected: Int) {
        let refusal = PluginRefusal(
            kind: "manifestChanged",
            message:
                "\(assignment.plugin) declared \(expected) functions when it was inspected and "
                + "\(frame.functions) now: a plugin's manifest must not depend on when it is loaded"
        )
        finish(.failedToStart(refusal))
    }
}
