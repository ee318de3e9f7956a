/// JSON as it is being written; keeps its memory when it is emptied.
public struct JSONOutput: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// The largest whole number that every reader of JSON keeps exactly.
    public static let exactLimit: UInt64 = 1 << 53 - 1

    /// Begins with nothing.
    public init() {}

    /// Forgets everything.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Forgets all but the beginning.
    public mutating func truncate(to count: Int) { bytes.removeLast(bytes.count - count) }

    /// Writes what is JSON already.
    public mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Writes what is JSON already.
    public mutating func raw(_ text: some Sequence<UInt8>) { bytes.append(contentsOf: text) }

    /// Writes what is JSON already.
    public mutating func raw(_ text: Span<UInt8>) {
        for index in text.indices { bytes.append(text[index]) }
    }

    /// Writes a byte of JSON.
    public mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    /// Writes a whole number; as a text where not every reader keeps it exactly.
    public mutating func integer(isNegative: Bool, magnitude: UInt64) {
        let isText = magnitude > Self.exactLimit
        if isText { bytes.append(0x22) }
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        if magnitude < 10 {
            bytes.append(0x30 + UInt8(magnitude))
        } else {
            digits(of: magnitude)
        }
        if isText { bytes.append(0x22) }
    }

    /// Writes the digits of a whole number, whether every reader keeps them or not.
    public mutating func digits(of magnitude: UInt64) {
        guard magnitude > 0 else { return bytes.append(0x30) }
        var rest = magnitude
        let start = bytes.count
        while rest > 0 {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        }
        var (left, right) = (start, bytes.count - 1)
        while left < right {
            bytes.swapAt(left, right)
            (left, right) = (left + 1, right - 1)
        }
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int64) {
        integer(isNegative: value < 0, magnitude: value.magnitude)
    }

    /// Writes a number by the shortest digits that mean it, or as a text where it is none.
    public mutating func double(_ value: Double) {
        guard !value.isFinite else { return bytes.append(contentsOf: value.description.utf8) }
        if value.isInfinite { return raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
        notANumber(value.bitPattern, plain: Double.nan.bitPattern, digits: 16)
    }

    /// Writes a number by the shortest digits that mean it, or as a text where it is none.
    public mutating func float(_ value: Float) {
        guard !value.isFinite else { return bytes.append(contentsOf: value.description.utf8) }
        if value.isInfinite { return raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
        notANumber(UInt64(value.bitPattern), plain: UInt64(Float.nan.bitPattern), digits: 8)
    }

    /// NaNs other than the usual one keep their bits: `"NaN:7ff8000000000001"`.
    private mutating func notANumber(_ bits: UInt64, plain: UInt64, digits: Int) {
        guard bits != plain else { return raw("\"NaN\"") }
        raw("\"NaN:")
        for place in (0..<digits).reversed() {
            bytes.append(
                Self.hexadecimal(UInt8(truncatingIfNeeded: bits >> (UInt64(place) * 4)) & 15)
            )
        }
        bytes.append(0x22)
    }

    /// Writes a text, whose bytes are UTF-8.
    public mutating func text(_ text: some Sequence<UInt8>) {
        bytes.append(0x22)
        for byte in text { character(byte) }
        bytes.append(0x22)
    }

    /// Writes a text.
    public mutating func text(_ text: String) { self.text(text.utf8) }

    /// Writes a text, whose bytes are UTF-8.
    public mutating func text(_ text: Span<UInt8>) {
        bytes.append(0x22)
        for index in text.indices { character(text[index]) }
        bytes.append(0x22)
    }

    private mutating func character(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case 0..<0x20, 0x7F:
            raw("\\u00")
            bytes.append(Self.hexadecimal(byte >> 4))
            bytes.append(Self.hexadecimal(byte & 15))
        default: bytes.append(byte)
        }
    }

    /// Writes a member's name and its colon, with a comma before it where something precedes.
    public mutating func key(_ name: String) {
        if let last = bytes.last, last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        text(name)
        bytes.append(UInt8(ascii: ":"))
    }

    static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 0x30 + digit : 0x57 + digit }
}
