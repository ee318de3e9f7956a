/// Host → worker: run a function.
///
/// The body, or its beginning, is the rest of the payload.
public struct InvokeFrame: Sendable {
    /// The frame's flag for "the rest of the body follows in `body` frames".
    public static let bodyContinues: UInt8 = 1

    /// Index into the manifest.
    public var function: UInt16
    /// ROOST_TRIGGER_… of the plugin contract.
    public var trigger: UInt8
    /// 1 for the first.
    public var attempt: UInt32
    /// CLOCK_MONOTONIC.
    public var deadline: Int64
    /// CPU time in nanoseconds; 0 for no limit.
    public var cpuLimit: Int64
    /// From being asked to stop to being ended, in nanoseconds.
    public var grace: Int64
    /// How many bytes of log lines are kept.
    public var logLimit: UInt32
    /// The largest response that is not streamed.
    public var responseLimit: UInt32
    /// Since 1970.
    public var received: Int64
    /// 32 hexadecimal digits.
    public var id: Range<Int>
    /// Full name.
    public var name: Range<Int>
    /// Media type of the body.
    public var contentType: Range<Int>
    /// Trace context.
    public var traceparent: Range<Int>
    /// What goes with it.
    public var tracestate: Range<Int>
    /// HTTP method; empty for other events, as are the next four.
    public var method: Range<Int>
    /// Path.
    public var path: Range<Int>
    /// Query.
    public var query: Range<Int>
    /// Headers.
    public var headers: [FieldRange]
    /// Route parameters.
    public var parameters: [FieldRange]
    /// Body.
    public var body: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        function = try reader.integer(UInt16.self)
        trigger = try reader.integer(UInt8.self)
        attempt = try reader.integer(UInt32.self)
        deadline = try reader.integer(Int64.self)
        cpuLimit = try reader.integer(Int64.self)
        grace = try reader.integer(Int64.self)
        logLimit = try reader.integer(UInt32.self)
        responseLimit = try reader.integer(UInt32.self)
        received = try reader.integer(Int64.self)
        id = try reader.span()
        name = try reader.span()
        contentType = try reader.span()
        traceparent = try reader.span()
        tracestate = try reader.span()
        method = try reader.span()
        path = try reader.span()
        query = try reader.span()
        headers = try reader.fields()
        parameters = try reader.fields()
        body = reader.rest()
    }
}

/// What the host writes into an `invoke` frame, before the body.
public struct InvokeHead: Sendable {
    /// See `InvokeFrame` for the members.
    public var function: UInt16 = 0
    /// ROOST_TRIGGER_….
    public var trigger: UInt8 = 0
    /// 1 for the first.
    public var attempt: UInt32 = 1
    /// CLOCK_MONOTONIC.
    public var deadline: Int64 = 0
    /// CPU time in nanoseconds.
    public var cpuLimit: Int64 = 0
    /// Nanoseconds.
    public var grace: Int64 = 0
    /// Bytes.
    public var logLimit: UInt32 = 0
    /// Bytes.
    public var responseLimit: UInt32 = 0
    /// Since 1970, nanoseconds.
    public var received: Int64 = 0
    /// 32 hexadecimal digits.
    public var id = ""
    /// Full name.
    public var name = ""
    /// Media type.
    public var contentType = ""
    /// Trace context.
    public var traceparent = ""
    /// What goes with it.
    public var tracestate = ""
    /// HTTP method.
    public var method = ""
    /// Path.
    public var path = ""
    /// Query.
    public var query = ""
    /// Headers.
    public var headers: [(name: String, value: String)] = []
    /// Route parameters.
    public var parameters: [(name: String, value: String)] = []

    /// An empty head.
    public init() {}

    /// Appends the frame; `bodyCount` bytes are to be sent right behind it.
    public func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        bodyCount: Int,
        bodyContinues: Bool
    ) {
        let flags = bodyContinues ? InvokeFrame.bodyContinues : 0
        let header = FrameHeader(kind: .invoke, flags: flags, slot: slot, sequence: sequence)
        writer.frame(header, trailing: bodyCount) { writer in
            writer.integer(function)
            writer.integer(trigger)
            writer.integer(attempt)
            writer.integer(deadline)
            writer.integer(cpuLimit)
            writer.integer(grace)
            writer.integer(logLimit)
            writer.integer(responseLimit)
            writer.integer(received)
            for text in [id, name, contentType, traceparent, tracestate, method, path, query] {
                writer.text(text)
            }
            writer.fields(headers)
            writer.fields(parameters)
        }
    }
}

/// Host → worker, first: configuration values, each for a function of the manifest.
public struct ConfigureFrame: Sendable {
    /// Function index, key and value.
    public var entries: [(function: Int, key: String, value: String)]
    /// Whether the `ready` frame is to carry the manifest.
    public var wantsManifest: Bool
    /// The memory that the worker may hold, in bytes; 0 for no limit of its own.
    public var memoryLimit: UInt64
    /// What it may hold while a function runs, by the function's index; `memoryLimit` for those beyond
    /// the end.
    public var functionMemoryLimits: [UInt64]
    /// Whether work of the plugin may go on when its invocation has ended.
    public var allowsBackground = false

    /// Describes the values.
    public init(
        entries: [(function: Int, key: String, value: String)],
        wantsManifest: Bool,
        memoryLimit: UInt64 = 0,
        functionMemoryLimits: [UInt64] = [],
        allowsBackground: Bool = false
    ) {
        self.entries = entries
        self.wantsManifest = wantsManifest
        self.memoryLimit = memoryLimit
        self.functionMemoryLimits = functionMemoryLimits
        self.allowsBackground = allowsBackground
    }

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        let flags = try reader.integer(UInt8.self)
        guard flags < 4 else { throw .badValue("the flags \(flags)") }
        wantsManifest = flags & 1 != 0
        allowsBackground = flags & 2 != 0
        memoryLimit = try reader.integer(UInt64.self)
        functionMemoryLimits = []
        for _ in 0..<(try reader.integer(UInt16.self)) {
            functionMemoryLimits.append(try reader.integer(UInt64.self))
        }
        let count = try reader.integer(UInt32.self)
        entries = []
        for _ in 0..<count {
            let function = Int(try reader.integer(UInt16.self))
            entries.append((function, try reader.text(), try reader.text()))
        }
        try reader.finish()
    }

    /// Appends the frame.
    public func write(to writer: inout FrameWriter) {
        writer.frame(FrameHeader(kind: .configure)) { writer in
            writer.integer(UInt8(wantsManifest ? 1 : 0) | UInt8(allowsBackground ? 2 : 0))
            writer.integer(memoryLimit)
            writer.integer(UInt16(functionMemoryLimits.count))
            for limit in functionMemoryLimits { writer.integer(limit) }
            writer.integer(UInt32(entries.count))
            for entry in entries {
                writer.integer(UInt16(entry.function))
                writer.text(entry.key)
                writer.text(entry.value)
            }
        }
    }
}

/// Host → worker: the answer to a host call.
///
/// The payload's bytes are the rest.
public struct AnswerFrame: Sendable {
    /// The number that the call had.
    public var call: UInt32
    /// As in HTTP.
    public var status: UInt16
    /// A value's version or a lock's token; 0 for other answers.
    public var number: Int64
    /// When the value or the lock vanishes, since 1970 in nanoseconds; 0 for never.
    public var expires: Int64
    /// Media type of the payload.
    public var contentType: Range<Int>
    /// The payload; an error's message for a status of 400 and above.
    public var body: Range<Int>

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        call = try reader.integer(UInt32.self)
        status = try reader.integer(UInt16.self)
        number = try reader.integer(Int64.self)
        expires = try reader.integer(Int64.self)
        contentType = try reader.span()
        body = reader.rest()
    }

    /// Appends a frame; `bodyCount` bytes are to be sent right behind it.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        call: UInt32,
        status: UInt16,
        number: Int64 = 0,
        expires: Int64 = 0,
        contentType: String,
        bodyCount: Int
    ) {
        let header = FrameHeader(kind: .answer, slot: slot, sequence: sequence)
        writer.frame(header, trailing: bodyCount) { writer in
            writer.integer(call)
            writer.integer(status)
            writer.integer(number)
            writer.integer(expires)
            writer.text(contentType)
        }
    }
}
