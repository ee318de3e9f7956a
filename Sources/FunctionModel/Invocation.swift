public import NIOCore

/// A header, route parameter or piece of metadata.
public struct Field: Hashable, Sendable, Codable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// Joins a name with a value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One attempt to run one function for one event, as a trigger hands it to the dispatcher.
public struct InvocationRequest: Sendable {
    /// Names the invocation.
    public var id: InvocationID
    /// The function to run.
    public var function: FunctionName
    /// Why.
    public var trigger: TriggerKind
    /// 1 for the first.
    public var attempt: Int = 1
    /// What an HTTP event has beside its body.
    public var http: HTTPRequestHead?
    /// The body's media type.
    public var contentType: String = ""
    /// Its place in a trace: a new one unless whoever makes the request continues another.
    public var trace = TraceContext()
    /// All of the body, or its beginning.
    public var body: ByteBuffer
    /// Whether `body` is all of it; else the rest comes through `InvocationControl.sendBody`.
    public var bodyComplete: Bool = true
    /// Whether it may run again when it is unknown how far it came.
    public var repeatable: Bool = false
    /// A tighter wall-time limit than the function's own.
    public var timeout: Duration?
    /// Functions on the way from the first caller to here; bounded against endless recursion.
    public var depth: Int = 0
    /// What the queue knows of it; `nil` when it doesn't come from there.
    public var queued: QueuedRun?

    /// Describes an invocation with a whole body.
    public init(id: InvocationID, function: FunctionName, trigger: TriggerKind, body: ByteBuffer) {
        self.id = id
        self.function = function
        self.trigger = trigger
        self.body = body
    }
}

/// What the queue knows of what it has run; the queue keeps the record of that.
public struct QueuedRun: Sendable, Hashable {
    /// The attempt that its record counts: of a sequence those of all steps are counted on.
    public var attempt: Int
    /// The sequence that it is a step of; `nil` for none.
    public var sequence: FunctionName?
    /// Whether it continues a sequence that had begun before.
    public var isContinued = false

    /// Describes a run.
    public init(attempt: Int, sequence: FunctionName? = nil) {
        self.attempt = attempt
        self.sequence = sequence
    }
}

/// What an HTTP event has beside its body.
public struct HTTPRequestHead: Sendable, Hashable, Codable {
    /// The method, in capitals.
    public var method: String
    /// The path, as received.
    public var path: String
    /// What follows `?`, as received.
    public var query: String
    /// The headers, names in lower case.
    public var headers: [Field]
    /// The route's parameters, percent-decoded.
    public var parameters: [Field]

    /// Describes a request.
    public init(
        method: String,
        path: String,
        query: String,
        headers: [Field],
        parameters: [Field] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.parameters = parameters
    }
}

/// The status and headers a function answers with.
public struct ResponseHead: Sendable, Hashable {
    /// As in HTTP.
    public var status: Int
    /// The media type of the body; empty when unknown.
    public var contentType: String
    /// Further headers, checked by the trigger before they reach a wire.
    public var headers: [Field]

    /// Describes a response.
    public init(status: Int, contentType: String = "", headers: [Field] = []) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
    }
}

/// What was measured of one invocation.
public struct Usage: Sendable, Hashable, Codable {
    /// Waiting for a worker.
    public var queued: Duration = .zero
    /// Starting a worker for it; zero when one was there.
    public var started: Duration = .zero
    /// Running.
    public var run: Duration = .zero
    /// CPU time of the worker's thread.
    public var cpu: Duration = .zero
    /// The largest amount of memory the worker held.
    public var peakMemory: ByteCount = .init(bytes: 0)

    /// Nothing yet.
    public init() {}
}

/// What went wrong, for callers, logs and records.
public struct InvocationError: Sendable, Hashable, Codable {
    /// A short stable word: the error's type, a signal's name, or the reason of a rejection.
    public var kind: String
    /// A sentence.
    public var message: String
    /// The frames of a crash, innermost first; empty for other ends.
    public var backtrace: [StackFrame]
    /// Whether another attempt may help.
    public var retryable: Bool
    /// How long to wait before it.
    public var retryAfter: Duration?

    /// Describes an error.
    public init(
        kind: String,
        message: String,
        backtrace: [StackFrame] = [],
        retryable: Bool = false,
        retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.message = message
        self.backtrace = backtrace
        self.retryable = retryable
        self.retryAfter = retryAfter
    }
}

/// One frame of a crash.
public struct StackFrame: Sendable, Hashable, Codable {
    /// Which file: the plugin's own image, or the base name of a library.
    public var image: String
    /// Where in the file's address space.
    public var offset: UInt64
    /// The function, demangled, once symbolised.
    public var symbol: String?
    /// `file:line`, where the image has debug information.
    public var location: String?

    /// Describes a frame.
    public init(image: String, offset: UInt64, symbol: String? = nil, location: String? = nil) {
        self.image = image
        self.offset = offset
        self.symbol = symbol
        self.location = location
    }
}

/// How an invocation ended, with everything its trigger needs to answer.
public struct InvocationResult: Sendable {
    /// How it ended.
    public var outcome: Outcome
    /// The response's head; `nil` when it has been streamed already or there is none.
    public var head: ResponseHead?
    /// The response's body, whole; empty when it was streamed.
    public var body: ByteBuffer
    /// What went wrong, unless it succeeded.
    public var error: InvocationError?
    /// What was measured.
    public var usage: Usage
    /// Whether somebody else in its cell may have destroyed what crashed here.
    public var mayBeAnothers = false

    /// Describes an end.
    public init(
        outcome: Outcome,
        head: ResponseHead? = nil,
        body: ByteBuffer = ByteBuffer(),
        error: InvocationError? = nil,
        usage: Usage = Usage()
    ) {
        self.outcome = outcome
        self.head = head
        self.body = body
        self.error = error
        self.usage = usage
    }
}

/// A line that a function wrote while it ran.
public struct LogLine: Sendable, Hashable, Codable {
    /// When, in seconds since 1970.
    public var time: Double
    /// `trace`, `debug`, `info`, `warning`, `error`; `stdout` or `stderr` for captured output.
    public var level: String
    /// The text.
    public var message: String
    /// Further values.
    public var metadata: [String: String]?

    /// Describes a line.
    public init(time: Double, level: String, message: String, metadata: [String: String]? = nil) {
        self.time = time
        self.level = level
        self.message = message
        self.metadata = metadata
    }
}

/// What is kept of an invocation.
public struct InvocationRecord: Sendable, Codable {
    /// Names it.
    public var id: InvocationID
    /// The function that ran.
    public var function: FunctionName
    /// Why it ran.
    public var trigger: TriggerKind
    /// How often it had been tried, this time included.
    public var attempt: Int
    /// The content hash of the plugin's version; empty when none was chosen.
    public var version: String
    /// When it was received, in seconds since 1970.
    public var received: Double
    /// How it ended; `nil` while it runs or waits.
    public var outcome: Outcome?
    /// The status that the function gave, or stands for the outcome.
    public var status: Int?
    /// What went wrong.
    public var error: InvocationError?
    /// What was measured.
    public var usage: Usage
    /// What it wrote.
    public var log: [LogLine]

    /// Describes an invocation that has just been received.
    public init(
        id: InvocationID,
        function: FunctionName,
        trigger: TriggerKind,
        attempt: Int,
        version: String,
        received: Double
    ) {
        self.id = id
        self.function = function
        self.trigger = trigger
        self.attempt = attempt
        self.version = version
        self.received = received
        usage = Usage()
        log = []
    }
}
