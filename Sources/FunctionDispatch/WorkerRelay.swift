internal import FunctionModel

/// Tells the dispatcher what becomes of one worker.
final class WorkerRelay: WorkerObserver {
    private let dispatcher: Dispatcher
    private let link: WorkerLink

    init(dispatcher: Dispatcher, link: WorkerLink) {
        self.dispatcher = dispatcher
        self.link = link
    }

    func workerDidStart(_ worker: any WorkerHandle) { dispatcher.workerStarted(link, worker) }

    func workerShouldMove(_ worker: any WorkerHandle) { dispatcher.workerShouldMove(link) }

    func workerDidEnd(
        _ worker: (any WorkerHandle)?,
        reason: WorkerEnd,
        unstarted: [WorkerJob]
    ) {
        dispatcher.workerEnded(link, reason, unstarted)
    }
}
