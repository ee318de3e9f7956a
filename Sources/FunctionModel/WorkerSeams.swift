public import NIOCore

/// One worker as the dispatcher sees it.
///
/// All calls on its event loop.
public protocol WorkerHandle: AnyObject, Sendable {
    /// The loop that its channel lives on; observers are called there.
    var eventLoop: any EventLoop { get }
    /// What loading the image and starting the plugin took.
    var load: Duration { get }
    /// What the plugin's entry and start-up took.
    var start: Duration { get }
    /// The cell that it lives in, for operators.
    var cellID: Int { get }

    /// Sends an invocation. The dispatcher keeps to the window: `WorkerWindow.slots` under way.
    /// Calls no observer back before it has returned. A job sent to a worker that is just ending
    /// comes back as unstarted.
    func submit(_ job: WorkerJob)
    /// Takes back an invocation that has not started; false when it has.
    func recall(_ job: WorkerJob) -> Bool
    /// Hands over a piece of a request body.
    func sendBody(_ job: WorkerJob, _ piece: ByteBuffer, end: Bool)
    /// Lets it write so many more bytes of a response.
    func grantCredit(_ job: WorkerJob, bytes: Int)
    /// Asks an invocation to stop.
    func cancel(_ job: WorkerJob, _ reason: CancelReason)
    /// Answers a host call.
    func answer(_ job: WorkerJob, call: UInt32, _ answer: HostAnswer)
    /// Ends the worker when what it has been given is done.
    func retire()
}

/// How many invocations one worker may hold, the running one included.
public enum WorkerWindow {
    /// The slots of a worker's channel.
    public static let slots = 16
}

/// One invocation on its way through a worker.
///
/// Made by the dispatcher; `slot` belongs to the worker.
public final class WorkerJob: Sendable {
    /// What to run.
    public let request: InvocationRequest
    /// The function's index in the plugin's manifest.
    public let functionIndex: Int
    /// Its limits.
    public let quota: Quota
    /// The instant at which it times out.
    public let deadline: NIODeadline
    /// When it was given to a worker: it has run no longer than since then, whatever a cell says.
    public let assigned: NIODeadline
    /// Hears of it.
    public let observer: any WorkerJobObserver

    /// Describes a job.
    public init(
        request: InvocationRequest,
        functionIndex: Int,
        quota: Quota,
        deadline: NIODeadline,
        assigned: NIODeadline = .now(),
        observer: any WorkerJobObserver
    ) {
        self.request = request
        self.functionIndex = functionIndex
        self.quota = quota
        self.deadline = deadline
        self.assigned = assigned
        self.observer = observer
    }
}

/// Hears of one job; called on the worker's event loop.
public protocol WorkerJobObserver: AnyObject, Sendable {
    /// A streamed response begins.
    func jobDidRespond(_ job: WorkerJob, _ head: ResponseHead)
    /// A piece of it.
    func jobDidWrite(_ job: WorkerJob, _ piece: ByteBuffer)
    /// So much of the request body has been taken.
    func jobDidConsume(_ job: WorkerJob, bytes: Int)
    /// A line was logged.
    func jobDidLog(_ job: WorkerJob, _ line: LogLine)
    /// The function asks the host for something.
    func jobDidCall(_ job: WorkerJob, _ call: HostCall)
    /// It is over; the worker may still be alive.
    func jobDidEnd(_ job: WorkerJob, _ result: InvocationResult)
}

/// Hears of one worker; called on its event loop.
public protocol WorkerObserver: AnyObject, Sendable {
    /// It is ready for invocations.
    func workerDidStart(_ worker: any WorkerHandle)
    /// Its cell is being renewed: start a replacement, then retire this one. A worker that isn't
    /// retired within a few seconds is ended by its host when its jobs are done, and what it
    /// has not started comes back through `workerDidEnd` with `.cellRenewed`.
    func workerShouldMove(_ worker: any WorkerHandle)
    /// It is gone, or never came to be. `unstarted` are the jobs it held that had not started, in
    /// order; every started one has had its `jobDidEnd` before.
    func workerDidEnd(
        _ worker: (any WorkerHandle)?,
        reason: WorkerEnd,
        unstarted: [WorkerJob]
    )
}

extension WorkerObserver {
    /// Does nothing: the worker is ended later, and `workerDidEnd` tells.
    public func workerShouldMove(_ worker: any WorkerHandle) {}
}

/// Why a worker is gone.
public enum WorkerEnd: Sendable {
    /// It was retired.
    case retired
    /// Its last invocation crashed or was ended.
    case ended(Outcome)
    /// Its cell is being renewed; start it again elsewhere.
    case cellRenewed
    /// Its cell ended.
    case cellLost
    /// It could not be started.
    case failedToStart(PluginRefusal)
}
