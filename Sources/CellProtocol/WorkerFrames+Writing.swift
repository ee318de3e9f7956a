extension RespondFrame {
    /// Appends a frame.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        status: UInt16,
        contentType: String,
        headers: [(name: String, value: String)] = []
    ) {
        writer.frame(FrameHeader(kind: .respond, slot: slot, sequence: sequence)) { writer in
            writer.integer(status)
            writer.text(contentType)
            writer.fields(headers)
        }
    }
}

extension LogFrame {
    /// Appends a frame; slot and sequence 0 stand for a line outside of any invocation, as from
    /// the plugin's start-up.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16 = 0,
        sequence: UInt64 = 0,
        level: UInt8,
        time: Int64,
        metadata: [(name: String, value: String)] = [],
        message: some Collection<UInt8>
    ) {
        writer.frame(FrameHeader(kind: .log, slot: slot, sequence: sequence)) { writer in
            writer.integer(level)
            writer.integer(time)
            writer.fields(metadata)
            writer.raw(message)
        }
    }
}

extension CallFrame {
    /// Appends a frame; `bodyCount` bytes are to be sent right behind it.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        number: UInt32,
        operation: UInt8,
        timeout: Int64,
        name: String,
        contentType: String,
        options: [(name: String, value: String)] = [],
        bodyCount: Int
    ) {
        let header = FrameHeader(kind: .call, slot: slot, sequence: sequence)
        writer.frame(header, trailing: bodyCount) { writer in
            writer.integer(number)
            writer.integer(operation)
            writer.integer(timeout)
            writer.text(name)
            writer.text(contentType)
            writer.fields(options)
        }
    }
}

/// What a worker writes into an `end` frame, before the response body.
public struct EndHead: Sendable {
    /// See `EndFrame` for the members.
    public var code: EndCode
    /// As in HTTP; 0 for the outcome's own.
    public var status: UInt16 = 0
    /// Whether another attempt may help.
    public var retryable = false
    /// Nanoseconds.
    public var run: UInt64 = 0
    /// Nanoseconds.
    public var cpu: UInt64 = 0
    /// Bytes.
    public var peakMemory: UInt64 = 0
    /// Media type of the body.
    public var contentType = ""
    /// Headers.
    public var headers: [(name: String, value: String)] = []
    /// Error's type.
    public var errorKind = ""
    /// Error's message.
    public var errorMessage = ""
    /// Frames of a crash; no more than 255 are sent.
    public var frames: [(image: String, offset: UInt64)] = []

    /// An end without anything else to say.
    public init(code: EndCode) { self.code = code }

    /// Appends the frame; `bodyCount` bytes are to be sent right behind it.
    public func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        flags: UInt8 = 0,
        bodyCount: Int = 0
    ) {
        let header = FrameHeader(kind: .end, flags: flags, slot: slot, sequence: sequence)
        writer.frame(header, trailing: bodyCount) { writer in
            writer.integer(code.rawValue)
            writer.integer(status)
            writer.integer(UInt8(retryable ? 1 : 0))
            writer.integer(run)
            writer.integer(cpu)
            writer.integer(peakMemory)
            writer.text(contentType)
            writer.fields(headers)
            writer.text(errorKind)
            writer.text(errorMessage)
            writer.integer(UInt8(truncatingIfNeeded: min(frames.count, 255)))
            for frame in frames.prefix(255) {
                writer.text(frame.image)
                writer.integer(frame.offset)
            }
        }
    }
}
