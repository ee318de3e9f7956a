/// Takes a frame's payload apart, checking every length.
///
/// Variable parts come as ranges into the payload, so that whoever holds the bytes decides whether
/// to copy them.
public struct FrameReader: ~Escapable {
    private let bytes: RawSpan
    /// The next unread byte.
    public private(set) var offset = 0

    /// Reads `bytes` from the start.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) { self.bytes = bytes }

    /// How many bytes are left.
    public var remaining: Int { bytes.byteCount - offset }

    /// Reads a little-endian integer.
    @_lifetime(self: copy self)
    public mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(ProtocolViolation) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { throw .truncated }
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
        offset += size
        return Integer(littleEndian: value)
    }

    /// Reads a 32-bit count and skips as many bytes.
    @_lifetime(self: copy self)
    public mutating func span() throws(ProtocolViolation) -> Range<Int> {
        let count = Int(try integer(UInt32.self))
        guard remaining >= count else { throw .truncated }
        defer { offset += count }
        return offset..<(offset + count)
    }

    /// Takes everything that is left.
    @_lifetime(self: copy self)
    public mutating func rest() -> Range<Int> {
        defer { offset = bytes.byteCount }
        return offset..<bytes.byteCount
    }

    /// Reads a text.
    @_lifetime(self: copy self)
    public mutating func text() throws(ProtocolViolation) -> String {
        let range = try span()
        let slice = bytes.extracting(range)
        guard
            let text = unsafe slice.withUnsafeBytes({ buffer in
                unsafe String(validating: buffer, as: UTF8.self)
            })
        else { throw .notText }
        return text
    }

    /// Reads a list of name and value; at most `maximum` of them.
    @_lifetime(self: copy self)
    public mutating func fields(maximum: Int = 1_024) throws(ProtocolViolation) -> [FieldRange] {
        let count = Int(try integer(UInt16.self))
        guard count <= maximum else { throw .badValue("the number of fields, \(count),") }
        var fields: [FieldRange] = []
        fields.reserveCapacity(count)
        for _ in 0..<count {
            fields.append(FieldRange(name: try span(), value: try span()))
        }
        return fields
    }

    /// Makes sure that nothing is left.
    public func finish() throws(ProtocolViolation) {
        guard remaining == 0 else { throw .trailing(remaining) }
    }
}

/// Where in a payload a name and its value stand.
public struct FieldRange: Sendable, Hashable {
    /// The name's bytes.
    public var name: Range<Int>
    /// The value's bytes.
    public var value: Range<Int>
}
