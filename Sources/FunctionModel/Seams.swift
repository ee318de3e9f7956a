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

    /// Has a cell renewed whose memory somebody has destroyed, as it seems.
    func renew(harmed cell: Int)

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

extension WorkerPlan {
    /// What the plugin may reach.
    public var permissions: Permissions { functions.first?.permissions ?? Permissions() }
    /// Memory of one worker.
    public var memory: ByteCount { functions.map(\.quota.memory).max() ?? Quota().memory }
    /// The ceiling of CPU time of the plugin's cell in percent of a core; `nil` for none.
    public var cpuPercent: Int? { functions.compactMap(\.quota.cpuPercent).max() }
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
