public import NIOCore

/// What a trigger asks of the dispatcher.
///
/// Implemented by `FunctionDispatch`.
public protocol FunctionInvoker: Sendable {
    /// Admits, queues or rejects an invocation; the observer hears exactly one end, also of a
    /// rejection, and never before this call has returned.
    ///
    /// May be called on any thread.
    func invoke(
        _ request: InvocationRequest,
        observer: any InvocationObserver
    ) -> any InvocationControl

    /// Finds the function for a request line.
    func route(method: String, path: String) -> RouteMatch

    /// Resolves a full or short name; `nil` when there is none, or more than one of that short name.
    func resolve(_ name: String) -> FunctionName?
}

/// What the router says to a request line.
public enum RouteMatch: Sendable {
    /// A function takes it.
    case function(RoutedFunction)
    /// The path exists, for these methods only.
    case wrongMethod(allowed: [String])
    /// Nothing is there.
    case notFound
}

/// What a trigger needs to know of the function it found.
public struct RoutedFunction: Sendable {
    /// Its name.
    public var name: FunctionName
    /// The route's parameters, percent-decoded.
    public var parameters: [Field]
    /// The largest body that is not streamed.
    public var requestSize: ByteCount
    /// Whether the request body is handed over as it arrives.
    public var streamsRequest: Bool
    /// Whether it has been declared that running twice does no harm.
    public var idempotent: Bool
    /// The methods that this path takes, for `OPTIONS` and `405`.
    public var allowed: [String]

    /// Describes a match.
    public init(
        name: FunctionName,
        parameters: [Field],
        requestSize: ByteCount,
        streamsRequest: Bool,
        idempotent: Bool,
        allowed: [String]
    ) {
        self.name = name
        self.parameters = parameters
        self.requestSize = requestSize
        self.streamsRequest = streamsRequest
        self.idempotent = idempotent
        self.allowed = allowed
    }
}

/// Hears what becomes of an invocation.
///
/// Called on the event loop of the worker, or the dispatcher's caller; an observer with a loop of
/// its own hops there.
public protocol InvocationObserver: AnyObject, Sendable {
    /// The response is a stream and this is its head.
    func invocationDidRespond(_ head: ResponseHead)
    /// A piece of a streamed response; say `grantCredit` when it is out.
    func invocationDidWrite(_ piece: ByteBuffer)
    /// The function has taken so many bytes of the request body; so many more may be sent.
    func invocationDidConsume(bytes: Int)
    /// It is over. Nothing follows.
    func invocationDidEnd(_ result: InvocationResult)
}

/// How a trigger acts on an invocation that it has started.
///
/// May be called on any thread.
public protocol InvocationControl: AnyObject, Sendable {
    /// Hands over a further piece of the request body. No more than the consumed bytes plus the
    /// initial window (`StreamWindow.bytes`) may be under way.
    func sendBody(_ piece: ByteBuffer, end: Bool)
    /// Lets the function write so many more bytes of its response; it starts with
    /// `StreamWindow.bytes`.
    func grantCredit(bytes: Int)
    /// Asks it to stop.
    func cancel(_ reason: CancelReason)
}

/// How much of a stream may be under way in each direction.
public enum StreamWindow {
    /// The bytes each side may send before the other has said that it took some.
    public static let bytes = 256 << 10
}

/// Starts workers.
///
/// Implemented by `CellSupervision`.
public protocol WorkerHost: Sendable {
    /// Starts a worker: finds a cell, hands it the image, waits for the plugin's start-up.
    /// The observer hears `workerDidStart` or `workerDidEnd`, later and on the worker's event loop.
    func startWorker(_ plan: WorkerPlan, observer: any WorkerObserver)

    /// Runs a version in a throw-away cell and returns the manifest that it declares.
    ///
    /// - Throws: `PluginRefusal` with the reason, in words.
    func probe(
        imagePath: String,
        entrySymbol: String,
        timeout: Duration
    ) async throws -> ProbeReport
}

/// What a worker is to run.
public struct WorkerPlan: Sendable {
    /// The image and its functions.
    public var version: PluginVersion
    /// The functions of that version with their limits, in the manifest's order.
    public var functions: [FunctionDefinition]
    /// Whether it needs a cell of its own.
    public var isolation: Isolation
    /// Loading and starting.
    public var startTimeout: Duration

    /// Describes a worker.
    public init(
        version: PluginVersion,
        functions: [FunctionDefinition],
        isolation: Isolation,
        startTimeout: Duration
    ) {
        self.version = version
        self.functions = functions
        self.isolation = isolation
        self.startTimeout = startTimeout
    }
}

/// What a probe found.
public struct ProbeReport: Sendable, Codable {
    /// The manifest, not yet validated.
    public var manifest: Manifest
    /// What the loader took.
    public var load: Duration
    /// What the plugin's entry and start-up took.
    public var start: Duration

    /// Describes a probe.
    public init(manifest: Manifest, load: Duration, start: Duration) {
        self.manifest = manifest
        self.load = load
        self.start = start
    }
}

/// Why a plugin is not served, in a sentence that says what to do.
public struct PluginRefusal: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// A short stable word, for example `notELF` or `missingSymbol`.
    public var kind: String
    /// The sentence.
    public var message: String

    /// Refuses a plugin.
    public init(kind: String, message: String) {
        self.kind = kind
        self.message = message
    }

    /// The sentence.
    public var description: String { message }
}

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
    func answer(
        _ job: WorkerJob,
        call: UInt32,
        status: Int,
        contentType: String,
        payload: ByteBuffer
    )
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
    /// Hears of it.
    public let observer: any WorkerJobObserver

    /// Describes a job.
    public init(
        request: InvocationRequest,
        functionIndex: Int,
        quota: Quota,
        deadline: NIODeadline,
        observer: any WorkerJobObserver
    ) {
        self.request = request
        self.functionIndex = functionIndex
        self.quota = quota
        self.deadline = deadline
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

/// A request of a function to the host.
public struct HostCall: Sendable {
    /// Names the call within its worker; the answer carries it back.
    public var number: UInt32
    /// What is asked.
    public var operation: HostOperation
    /// The function to invoke.
    public var name: String
    /// The payload's media type.
    public var contentType: String
    /// The payload.
    public var payload: ByteBuffer
    /// How long the caller is willing to wait; `nil` for what remains of its own time.
    public var timeout: Duration?

    /// Describes a call.
    public init(
        number: UInt32,
        operation: HostOperation,
        name: String,
        contentType: String,
        payload: ByteBuffer,
        timeout: Duration?
    ) {
        self.number = number
        self.operation = operation
        self.name = name
        self.contentType = contentType
        self.payload = payload
        self.timeout = timeout
    }
}

/// What a function can ask of the host.
public enum HostOperation: UInt8, Sendable {
    /// Run another function and give its answer.
    case invoke = 1
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
