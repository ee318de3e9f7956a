public import NIOCore

/// A request of a function to the host.
public struct HostCall: Sendable {
    /// Names the call within its worker; the answer carries it back.
    public var number: UInt32
    /// What is asked.
    public var operation: HostOperation
    /// The function to invoke, the key, the lock or the event's type.
    public var name: String
    /// The payload's media type.
    public var contentType: String
    /// The payload.
    public var payload: ByteBuffer
    /// How long the caller is willing to wait; `nil` for what remains of its own time.
    public var timeout: Duration?
    /// What else is asked, by the names of `HostOption`.
    public var options: [Field] = []

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

/// What a function can ask of the host; the cell has the same numbers.
public enum HostOperation: UInt8, Sendable {
    /// Run another function and give its answer.
    case invoke = 1
    /// Queue a call of another function and give its id.
    case enqueue = 2
    /// Give an event to all who subscribed to it.
    case emit = 3
    /// Read a value of the function's own.
    case readState = 4
    /// Write one.
    case writeState = 5
    /// Remove one.
    case removeState = 6
    /// Take a lock.
    case lock = 7
    /// Hold a lock for longer.
    case renewLock = 8
    /// Give a lock back.
    case unlock = 9
    /// Open a file of the event.
    case openFile = 10
}

/// The names of what a host call asks beside its payload; the values are text, times whole
/// nanoseconds.
public enum HostOption: String, Sendable {
    /// The version that a value must have, 0 for none at all; absent for any.
    case expected
    /// After what time a value or a lock vanishes; absent for never.
    case lifetime
    /// How long to wait for a lock.
    case wait
    /// Which grant of a lock is meant.
    case token
    /// How long a queued call is not to be started.
    case delay
    /// After what time it is not to be started any more.
    case expiry
    /// Calls that share it run one at a time, in order.
    case orderingKey
    /// Higher ones run first.
    case priority
    /// How often it may be started.
    case attempts
    /// Under which key it is accepted once.
    case idempotencyKey
}

/// What the host says to a call.
public struct HostAnswer: Sendable {
    /// As in HTTP.
    public var status: Int
    /// A value's version or a lock's token; 0 for other answers.
    public var number: Int64 = 0
    /// When the value or the lock vanishes; `nil` for never.
    public var expires: WallTime?
    /// The payload's media type.
    public var contentType: String
    /// The payload; an error's message for a status of 400 and above.
    public var payload: ByteBuffer
    /// What goes along on another way: an open file, as `CellSupervision` takes it.
    public var attachment: (any Sendable)?
    /// What is to be undone when nobody is there any more to hear the answer.
    public var undo: (@Sendable () async -> Void)?

    /// Describes an answer.
    public init(status: Int, contentType: String = "", payload: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.contentType = contentType
        self.payload = payload
    }

    /// Says what went wrong.
    public static func problem(_ status: Int, _ message: String) -> HostAnswer {
        HostAnswer(
            status: status,
            contentType: "text/plain; charset=utf-8",
            payload: ByteBuffer(string: message)
        )
    }
}

/// Who asks the host for something.
public struct HostCaller: Sendable {
    /// The invocation.
    public var id: InvocationID
    /// Its function.
    public var function: FunctionName
    /// Its place in a trace.
    public var trace: TraceContext
    /// Functions on the way from the first caller to it.
    public var depth: Int
    /// What is left of its time.
    public var remaining: Duration

    /// Describes a caller.
    public init(
        id: InvocationID,
        function: FunctionName,
        trace: TraceContext,
        depth: Int,
        remaining: Duration
    ) {
        self.id = id
        self.function = function
        self.trace = trace
        self.depth = depth
        self.remaining = remaining
    }
}

/// Does what functions ask of the host beside running other functions at once.
///
/// Implemented by `HostServices`.
public protocol HostCallService: Sendable {
    /// Answers a call; its task is cancelled when the caller's invocation ends before.
    func answer(_ call: HostCall, from caller: HostCaller) async -> HostAnswer
}
