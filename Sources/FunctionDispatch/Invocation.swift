internal import FunctionModel
internal import NIOCore

/// One invocation, from admission to its end: what its trigger steers and what its worker reports
/// to.
///
/// All that changes about it is in the dispatcher's state, under its lock.
final class Invocation: InvocationControl, WorkerJobObserver {
    let request: InvocationRequest
    let entry: FunctionEntry
    /// Its place in the state's table of calls.
    let place: Int
    /// Seconds since 1970.
    let received: Double
    let observer: any InvocationObserver
    private let dispatcher: Dispatcher

    init(
        request: InvocationRequest,
        entry: FunctionEntry,
        place: Int,
        received: Double,
        observer: any InvocationObserver,
        dispatcher: Dispatcher
    ) {
        self.request = request
        self.entry = entry
        self.place = place
        self.received = received
        self.observer = observer
        self.dispatcher = dispatcher
    }

    // MARK: The trigger's side

    func sendBody(_ piece: ByteBuffer, end: Bool) {
        dispatcher.sendBody(self, BodyPiece(bytes: piece, isLast: end))
    }

    func grantCredit(bytes: Int) { dispatcher.grantCredit(self, bytes) }

    func cancel(_ reason: CancelReason) { dispatcher.cancel(self, reason) }

    // MARK: The worker's side

    func jobDidRespond(_ job: WorkerJob, _ head: ResponseHead) {
        guard dispatcher.answered(self, job) else { return }
        observer.invocationDidRespond(head)
    }

    func jobDidWrite(_ job: WorkerJob, _ piece: ByteBuffer) {
        guard dispatcher.answered(self, job) else { return }
        observer.invocationDidWrite(piece)
    }

    func jobDidConsume(_ job: WorkerJob, bytes: Int) {
        guard dispatcher.consumed(self, job) else { return }
        observer.invocationDidConsume(bytes: bytes)
    }

    func jobDidLog(_ job: WorkerJob, _ line: LogLine) { dispatcher.logged(self, line) }

    func jobDidCall(_ job: WorkerJob, _ call: HostCall) { dispatcher.called(self, job, call) }

    func jobDidEnd(_ job: WorkerJob, _ result: InvocationResult) {
        dispatcher.finished(self, job, result)
    }
}
