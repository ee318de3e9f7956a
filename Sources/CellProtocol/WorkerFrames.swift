/// Worker → host, first: loaded and started.
public struct ReadyFrame: Sendable {
    /// What the loader took, in nanoseconds.
    public var load: UInt64
    /// What the plugin's entry and start-up took, in nanoseconds.
    public var start: UInt64
    /// How many functions the plugin has.
    public var functions: UInt16
    /// The manifest's JSON, where it was asked for.
    public var manifest: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        load = try reader.integer(UInt64.self)
        start = try reader.integer(UInt64.self)
        functions = try reader.integer(UInt16.self)
        manifest = reader.rest()
    }

    /// Appends a frame.
    public static func write(
        to writer: inout FrameWriter,
        load: UInt64,
        start: UInt64,
        functions: UInt16,
        manifest: some Collection<UInt8>
    ) {
        writer.frame(FrameHeader(kind: .ready)) { writer in
            writer.integer(load)
            writer.integer(start)
            writer.integer(functions)
            writer.raw(manifest)
        }
    }
}

/// Worker → host, instead of `ready`: why the plugin could not be started.
public struct RefusedFrame: Sendable {
    /// A short stable word, for example `missingLibrary` or `startCrashed`.
    public var kind: String
    /// The sentence.
    public var message: String

    /// Describes a refusal.
    public init(kind: String, message: String) {
        self.kind = kind
        self.message = message
    }

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        kind = try reader.text()
        message = try reader.text()
        try reader.finish()
    }

    /// Appends the frame.
    public func write(to writer: inout FrameWriter) {
        writer.frame(FrameHeader(kind: .refused)) { writer in
            writer.text(kind)
            writer.text(message)
        }
    }
}

/// Worker → host: the head of a streamed response.
public struct RespondFrame: Sendable {
    /// As in HTTP.
    public var status: UInt16
    /// Media type.
    public var contentType: Range<Int>
    /// Headers.
    public var headers: [FieldRange]

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        status = try reader.integer(UInt16.self)
        contentType = try reader.span()
        headers = try reader.fields()
        try reader.finish()
    }
}

/// Worker → host: a log line.
///
/// The text is the rest of the payload.
public struct LogFrame: Sendable {
    /// ROOST_LOG_…; 5 for captured standard output, 6 for standard error.
    public var level: UInt8
    /// Since 1970, nanoseconds.
    public var time: Int64
    /// Further values.
    public var metadata: [FieldRange]
    /// The text; cut at a character's end but otherwise as the plugin wrote it.
    public var message: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        level = try reader.integer(UInt8.self)
        guard level <= 6 else { throw .badValue("the log level \(level)") }
        time = try reader.integer(Int64.self)
        metadata = try reader.fields(maximum: 64)
        message = reader.rest()
    }
}

/// Worker → host: a host call.
///
/// The payload's bytes are the rest.
public struct CallFrame: Sendable {
    /// Names the call within the worker.
    public var number: UInt32
    /// `HostOperation` of the model.
    public var operation: UInt8
    /// How long the function will wait, in nanoseconds; 0 for what remains of its time.
    public var timeout: Int64
    /// The function to invoke, the key, the lock or the event's type.
    public var name: Range<Int>
    /// Media type of the payload.
    public var contentType: Range<Int>
    /// What else is asked, by the names of `HostOption`.
    public var options: [FieldRange]
    /// The payload.
    public var body: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        number = try reader.integer(UInt32.self)
        operation = try reader.integer(UInt8.self)
        timeout = try reader.integer(Int64.self)
        name = try reader.span()
        contentType = try reader.span()
        options = try reader.fields(maximum: 64)
        body = reader.rest()
    }
}

/// How an invocation ended, as a number on the wire.
public enum EndCode: UInt8, Sendable, CaseIterable {
    /// `Outcome.succeeded`
    case succeeded = 0
    /// `Outcome.failed`
    case failed = 1
    /// `Outcome.crashed`
    case crashed = 2
    /// `Outcome.timedOut`
    case timedOut = 3
    /// `Outcome.cpuExceeded`
    case cpuExceeded = 4
    /// `Outcome.memoryExceeded`
    case memoryExceeded = 5
    /// `Outcome.cancelled`
    case cancelled = 6
}

/// Worker → host: it ends outside of any invocation, though it may not have been asked to.
///
/// What has not started there is to be run elsewhere.
public struct LeaveFrame: Sendable {
    /// `succeeded` for a worker that has had its time, `crashed` for one that crashed, and else the
    /// limit that it ran into.
    public var code: EndCode

    /// Describes an end.
    public init(code: EndCode) { self.code = code }

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        let raw = try reader.integer(UInt8.self)
        guard let code = EndCode(rawValue: raw) else { throw .badValue("the outcome \(raw)") }
        self.code = code
        try reader.finish()
    }

    /// Appends the frame.
    public func write(to writer: inout FrameWriter) {
        writer.frame(FrameHeader(kind: .leave)) { $0.integer(code.rawValue) }
    }
}

/// Worker → host: an invocation is over.
///
/// The response body is the rest of the payload.
public struct EndFrame: Sendable {
    /// The frame's flag for "the worker ends with it".
    public static let workerEnds: UInt8 = 1
    /// The frame's flag for "the response has been streamed; there is no head here".
    public static let streamed: UInt8 = 2
    /// The frame's flag for "what crashed here may have been destroyed by somebody else in the cell".
    public static let mayBeAnothers: UInt8 = 4

    /// How it ended.
    public var code: EndCode
    /// As in HTTP; 0 for the outcome's own.
    public var status: UInt16
    /// Whether another attempt may help.
    public var retryable: Bool
    /// Nanoseconds from start to end.
    public var run: UInt64
    /// CPU time in nanoseconds.
    public var cpu: UInt64
    /// Bytes.
    public var peakMemory: UInt64
    /// Media type of the body.
    public var contentType: Range<Int>
    /// Headers.
    public var headers: [FieldRange]
    /// Error's type; empty when there is none.
    public var errorKind: Range<Int>
    /// Error's message.
    public var errorMessage: Range<Int>
    /// Frames of a crash: image (empty for the plugin's own) and offset.
    public var frames: [(image: Range<Int>, offset: UInt64)]
    /// Response body.
    public var body: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        let raw = try reader.integer(UInt8.self)
        guard let code = EndCode(rawValue: raw) else { throw .badValue("the outcome \(raw)") }
        self.code = code
        status = try reader.integer(UInt16.self)
        guard status == 0 || (100...599).contains(status) else {
            throw .badValue("the status \(status)")
        }
        retryable = try reader.integer(UInt8.self) != 0
        run = try reader.integer(UInt64.self)
        cpu = try reader.integer(UInt64.self)
        peakMemory = try reader.integer(UInt64.self)
        contentType = try reader.span()
        headers = try reader.fields()
        errorKind = try reader.span()
        errorMessage = try reader.span()
        let count = try reader.integer(UInt8.self)
        frames = []
        for _ in 0..<count {
            frames.append((try reader.span(), try reader.integer(UInt64.self)))
        }
        body = reader.rest()
    }
}
