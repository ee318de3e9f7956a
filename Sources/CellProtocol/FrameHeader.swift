/// What a frame on a worker's channel is for.
public enum FrameKind: UInt8, Sendable, CaseIterable {
    /// Host → worker, first: the operator's configuration values.
    case configure = 1
    /// Host → worker: run a function.
    case invoke = 2
    /// Host → worker: a further piece of a request body.
    case body = 3
    /// Host → worker: so many more bytes of a response may be written.
    case credit = 4
    /// Host → worker: stop an invocation.
    case cancel = 5
    /// Host → worker: the answer to a host call.
    case answer = 6
    /// Host → worker: finish what was given, call `drain`, and end.
    case retire = 7

    /// Worker → host, first: loaded and started.
    case ready = 65
    /// Worker → host, instead: it could not be started, and ends.
    case refused = 66
    /// Worker → host: so much of the request body has been taken.
    case consumed = 67
    /// Worker → host: the head of a streamed response.
    case respond = 68
    /// Worker → host: a piece of it.
    case piece = 69
    /// Worker → host: a log line.
    case log = 70
    /// Worker → host: a host call.
    case call = 71
    /// Worker → host: an invocation is over.
    case end = 72
    /// Worker → host: it ends outside of any invocation, and takes no further one.
    case leave = 73

    /// Whether the host may send it.
    public var isFromHost: Bool { rawValue < 64 }
}

/// The fixed part of every frame: 16 bytes, little-endian.
public struct FrameHeader: Sendable, Hashable {
    /// How long it is.
    public static let size = 16
    /// No frame may be longer than this, whatever else is agreed.
    public static let maximumPayload = 64 << 20

    /// The bytes that follow the header.
    public var length: Int
    /// What they are.
    public var kind: FrameKind
    /// Marks whose meaning depends on the kind.
    public var flags: UInt8
    /// The invocation's slot in the worker's window.
    public var slot: UInt16
    /// The invocation, numbered by the host within the channel from 1; 0 for none.
    public var sequence: UInt64

    /// Describes a frame.
    public init(
        kind: FrameKind,
        length: Int = 0,
        flags: UInt8 = 0,
        slot: UInt16 = 0,
        sequence: UInt64 = 0
    ) {
        self.length = length
        self.kind = kind
        self.flags = flags
        self.slot = slot
        self.sequence = sequence
    }

    /// Reads a header from the start of `bytes`; `nil` while there are fewer than 16.
    ///
    /// - Throws: `ProtocolViolation` for an unknown kind or a length beyond `maximum`.
    public init?(
        _ bytes: RawSpan,
        maximum: Int = FrameHeader.maximumPayload
    ) throws(ProtocolViolation) {
        guard bytes.byteCount >= Self.size else { return nil }
        var reader = FrameReader(bytes)
        let length = Int(try reader.integer(UInt32.self))
        let raw = try reader.integer(UInt8.self)
        flags = try reader.integer(UInt8.self)
        slot = try reader.integer(UInt16.self)
        sequence = try reader.integer(UInt64.self)
        guard let kind = FrameKind(rawValue: raw) else { throw .unknownKind(raw) }
        guard length <= maximum else { throw .tooLong(length) }
        self.length = length
        self.kind = kind
    }

    /// Appends the header.
    public func write(to writer: inout FrameWriter) {
        writer.integer(UInt32(truncatingIfNeeded: length))
        writer.integer(kind.rawValue)
        writer.integer(flags)
        writer.integer(slot)
        writer.integer(sequence)
    }
}

/// A frame that breaks the rules; it ends the channel it came by.
public enum ProtocolViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such kind.
    case unknownKind(UInt8)
    /// Longer than agreed.
    case tooLong(Int)
    /// A field reaches beyond the end.
    case truncated
    /// Bytes are left over.
    case trailing(Int)
    /// A text is not UTF-8.
    case notText
    /// A value outside of its range.
    case badValue(String)
    /// The right form at the wrong time.
    case unexpected(String)

    /// What was wrong, in a sentence.
    public var description: String {
        switch self {
        case .unknownKind(let kind): "frame of unknown kind \(kind)"
        case .tooLong(let length): "frame of \(length) bytes is longer than agreed"
        case .truncated: "a field reaches beyond the frame's end"
        case .trailing(let count): "\(count) bytes left over at the frame's end"
        case .notText: "a text is not valid UTF-8"
        case .badValue(let what): "\(what) is out of range"
        case .unexpected(let what): "unexpected \(what)"
        }
    }
}
