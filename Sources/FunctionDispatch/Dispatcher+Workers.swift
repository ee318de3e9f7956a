internal import FunctionModel
internal import Logging
internal import NIOCore
internal import Synchronization

/// What workers report, and what triggers ask, on its way to the state.
extension Dispatcher {
    func workerStarted(_ link: WorkerLink, _ worker: any WorkerHandle) {
        let isHome = worker.eventLoop === eventLoop
        decide { $0.started(link, worker, isHome: isHome, now: $1, &$2) }
    }

    func workerShouldMove(_ link: WorkerLink) { decide { $0.move(link, now: $1, &$2) } }

    func workerEnded(_ link: WorkerLink, _ reason: WorkerEnd, _ unstarted: [WorkerJob]) {
        if case .failedToStart(let refusal) = reason {
            logger.warning("a worker could not be started: \(refusal.message)")
        }
        decide { $0.ended(link, reason, unstarted: unstarted, now: $1, &$2) }
    }

    func finished(_ invocation: Invocation, _ job: WorkerJob, _ result: InvocationResult) {
        decide { $0.finished(invocation, job, result, now: $1, &$2) }
    }

    func answered(_ invocation: Invocation, _ job: WorkerJob) -> Bool {
        state.withLock { $0.answered(invocation, job) }
    }

    func consumed(_ invocation: Invocation, _ job: WorkerJob) -> Bool {
        state.withLock { $0.consumed(invocation, job) }
    }

    func logged(_ invocation: Invocation, _ line: LogLine) {
        let isLive = state.withLock { $0.logged(invocation, line) }
        if !isLive { records.append(line, to: invocation.request.id) }
        records.feed.send(line, of: invocation.entry.name, invocation.request.id)
    }

    func sendBody(_ invocation: Invocation, _ piece: BodyPiece) {
        guard let (worker, job) = state.withLock({ $0.sendBody(invocation, piece) }) else { return }
        on(worker) { $0.sendBody(job, piece.bytes, end: piece.isLast) }
    }

    func grantCredit(_ invocation: Invocation, _ bytes: Int) {
        guard let (worker, job) = state.withLock({ $0.submitted(invocation) }) else { return }
        on(worker) { $0.grantCredit(job, bytes: bytes) }
    }

    func cancel(_ invocation: Invocation, _ reason: CancelReason) {
        var out = DispatchActions()
        change { $0.cancel(invocation, reason, now: $1, &out) }
        perform(out, isEntering: true)
    }
}
