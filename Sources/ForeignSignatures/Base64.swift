/// Bytes in JSON (RFC 4648, section 4).
public enum Base64 {
    /// Writes bytes as a JSON text.
    public static func write(_ bytes: Span<UInt8>, to output: inout JSONOutput) {
        output.byte(0x22)
        var index = 0
        while index < bytes.count {
            let rest = min(3, bytes.count - index)
            var word = UInt32(bytes[index]) << 16
            if rest > 1 { word |= UInt32(bytes[index + 1]) << 8 }
            if rest > 2 { word |= UInt32(bytes[index + 2]) }
            output.byte(letter(word >> 18))
            output.byte(letter(word >> 12 & 63))
            output.byte(rest > 1 ? letter(word >> 6 & 63) : UInt8(ascii: "="))
            output.byte(rest > 2 ? letter(word & 63) : UInt8(ascii: "="))
            index += 3
        }
        output.byte(0x22)
    }

    /// Hands out the bytes of a text; false where it isn't Base64 with its padding.
    public static func read(
        _ text: Span<UInt8>,
        _ range: Range<Int>,
        _ put: (UInt8) -> Void
    ) -> Bool {
        guard range.count % 4 == 0 else { return false }
        var end = range.upperBound
        while end > range.lowerBound, range.upperBound - end < 2,
            text[end - 1] == UInt8(ascii: "=")
        {
            end -= 1
        }
        var word: UInt32 = 0
        var bits = 0
        for index in range.lowerBound..<end {
            guard let value = value(text[index]) else { return false }
            word = word << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                put(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        // What is left over has to be nothing.
        return word & (1 << UInt32(bits) - 1) == 0
    }

    /// How many bytes a text of this length stands for, at most.
    public static func capacity(_ count: Int) -> Int { count / 4 * 3 }

    private static func letter(_ value: UInt32) -> UInt8 {
        switch value {
        case 0..<26: 0x41 + UInt8(value)
        case 26..<52: 0x61 + UInt8(value - 26)
        case 52..<62: 0x30 + UInt8(value - 52)
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte) - 0x41
        case 0x61...0x7A: UInt32(byte) - 0x61 + 26
        case 0x30...0x39: UInt32(byte) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
