/// Host → worker: a further piece of a request body, which is all of the payload.
public enum BodyFrame {
    /// The frame's flag for "this was the last piece".
    public static let ends: UInt8 = 1

    /// Appends a frame; `bodyCount` bytes are to be sent right behind it.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        bodyCount: Int,
        ends: Bool
    ) {
        let header = FrameHeader(
            kind: .body,
            flags: ends ? Self.ends : 0,
            slot: slot,
            sequence: sequence
        )
        writer.frame(header, trailing: bodyCount)
    }
}

/// A number of bytes that may flow: `credit` (host → worker, so many more bytes of a response may be
/// written) and `consumed` (worker → host, so many bytes of the request body have been taken).
public struct FlowFrame: Sendable, Hashable {
    /// How many; at least one.
    public var bytes: UInt32

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        bytes = try reader.integer(UInt32.self)
        guard bytes > 0 else { throw .badValue("a flow of 0 bytes") }
        try reader.finish()
    }

    /// Appends a frame of the given kind, `credit` or `consumed`.
    public static func write(
        _ kind: FrameKind,
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        bytes: UInt32
    ) {
        writer.frame(FrameHeader(kind: kind, slot: slot, sequence: sequence)) { writer in
            writer.integer(bytes)
        }
    }
}

/// Host → worker: stop an invocation, for a reason that already stands in its cancel word.
public struct CancelFrame: Sendable, Hashable {
    /// `CancelReason` of the model.
    public var reason: UInt8

    /// Takes a payload apart.
    public init(_ payload: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(payload)
        reason = try reader.integer(UInt8.self)
        guard reason > 0 else { throw .badValue("the cancel reason 0") }
        try reader.finish()
    }

    /// Appends a frame.
    public static func write(
        to writer: inout FrameWriter,
        slot: UInt16,
        sequence: UInt64,
        reason: UInt8
    ) {
        writer.frame(FrameHeader(kind: .cancel, slot: slot, sequence: sequence)) { writer in
            writer.integer(reason)
        }
    }
}
