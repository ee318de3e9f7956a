// How Swift values are lent to the host and the host's bytes read: the only file with pointers to
// bytes in it, beside the streams.

extension roost_bytes {
    /// The bytes, for as long as the host lends them.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: count) }

    /// A copy as text.
    var string: String { String(decoding: buffer, as: UTF8.self) }

    /// Lends bytes to the host for the time of a call.
    init(_ buffer: UnsafeRawBufferPointer) {
        self.init(
            data: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self),
            count: buffer.count
        )
    }

    /// Whether this is an ASCII name equal to `name`, in whatever case.
    func matches(_ name: String) -> Bool {
        guard count == name.utf8.count else { return false }
        return zip(buffer, name.utf8).allSatisfy { Self.lowered($0) == Self.lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension String {
    /// Lends the text to the host for the time of `body`.
    func lent<Result>(_ body: (roost_bytes) throws -> Result) rethrows -> Result {
        var copy = self
        return try copy.withUTF8 { try body(roost_bytes(UnsafeRawBufferPointer($0))) }
    }
}

extension Headers {
    /// Lends the fields to the host for the time of `body`.
    func lent<Result>(
        _ body: (UnsafePointer<roost_field>?, Int) throws -> Result
    ) rethrows -> Result {
        if isEmpty { return try body(nil, 0) }
        var text: [UInt8] = []
        for field in self {
            text.append(contentsOf: field.name.utf8)
            text.append(contentsOf: field.value.utf8)
        }
        return try text.withUnsafeBytes { bytes in
            var rest = bytes[...]
            func next(_ count: Int) -> roost_bytes {
                defer { rest = rest.dropFirst(count) }
                return roost_bytes(UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
            }
            let table = self.map { field in
                roost_field(name: next(field.name.utf8.count), value: next(field.value.utf8.count))
            }
            return try table.withUnsafeBufferPointer { try body($0.baseAddress, $0.count) }
        }
    }

    /// Copies the host's fields.
    init(_ fields: UnsafePointer<roost_field>?, count: Int) {
        self.init(
            UnsafeBufferPointer(start: fields, count: fields == nil ? 0 : count).map {
                ($0.name.string, $0.value.string)
            }
        )
    }
}
