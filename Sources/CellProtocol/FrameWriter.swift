/// Puts frames together, little-endian, in a buffer that is kept from one to the next.
public struct FrameWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// Starts with room for `capacity` bytes.
    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// Forgets what has been written and keeps the room.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Appends an integer.
    public mutating func integer<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends bytes with their 32-bit count.
    public mutating func span(_ span: some Collection<UInt8>) {
        integer(UInt32(truncatingIfNeeded: span.count))
        bytes.append(contentsOf: span)
    }

    /// Appends a text with its 32-bit count.
    public mutating func text(_ text: String) { span(text.utf8) }

    /// Appends a list of name and value.
    public mutating func fields(_ fields: [(name: String, value: String)]) {
        integer(UInt16(truncatingIfNeeded: fields.count))
        for field in fields {
            text(field.name)
            text(field.value)
        }
    }

    /// Appends bytes as they are.
    public mutating func raw(_ raw: some Collection<UInt8>) { bytes.append(contentsOf: raw) }

    /// Appends a frame: its header, what `payload` writes, and room for `trailing` bytes that the
    /// caller sends right behind.
    public mutating func frame(
        _ header: FrameHeader,
        trailing: Int = 0,
        payload: (inout FrameWriter) -> Void = { _ in }
    ) {
        let start = bytes.count
        header.write(to: &self)
        payload(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - FrameHeader.size + trailing)
        withUnsafeBytes(of: length.littleEndian) { value in
            for index in 0..<4 { bytes[start + index] = value[index] }
        }
    }
}
