/// The escapes of JSON's texts.
enum JSONEscape {
    /// Where the escape that begins at a backslash ends, a pair of surrogates included.
    static func end(_ text: Span<UInt8>, at start: Int) throws(JSONTape.Mistake) -> Int {
        guard start + 1 < text.count else {
            throw JSONTape.Mistake(offset: start, words: "a text doesn't end")
        }
        switch text[start + 1] {
        case UInt8(ascii: "u"):
            guard let unit = unit(text, at: start) else { break }
            if unit & 0xF800 != 0xD800 { return start + 6 }
            if unit < 0xDC00, let low = Self.unit(text, at: start + 6), low & 0xFC00 == 0xDC00 {
                return start + 12
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        default: break
        }
        throw JSONTape.Mistake(offset: start, words: "an escape stands for no character")
    }

    private static func unit(_ text: Span<UInt8>, at start: Int) -> UInt32? {
        guard start + 6 <= text.count, text[start] == UInt8(ascii: "\\"),
            text[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for index in (start + 2)..<(start + 6) {
            guard let digit = digit(text[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x41 + 10
        case 0x61...0x66: UInt32(byte) - 0x61 + 10
        default: nil
        }
    }

    /// Hands out the bytes of a text that was found to be one.
    static func decode(_ text: Span<UInt8>, _ range: Range<Int>, _ put: (UInt8) -> Void) {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            guard byte == UInt8(ascii: "\\") else {
                put(byte)
                index += 1
                continue
            }
            switch text[index + 1] {
            case UInt8(ascii: "b"): put(8)
            case UInt8(ascii: "f"): put(12)
            case UInt8(ascii: "n"): put(10)
            case UInt8(ascii: "r"): put(13)
            case UInt8(ascii: "t"): put(9)
            case UInt8(ascii: "u"):
                index += scalar(text, at: index, put)
                continue
            case let plain: put(plain)
            }
            index += 2
        }
    }

    /// Hands out a character; returns how long its escape is.
    private static func scalar(_ text: Span<UInt8>, at start: Int, _ put: (UInt8) -> Void) -> Int {
        var value = unit(text, at: start) ?? 0
        var length = 6
        if value & 0xFC00 == 0xD800, let low = unit(text, at: start + 6) {
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            length = 12
        }
        if let scalar = Unicode.Scalar(value) {
            for byte in UTF8.encode(scalar) ?? .init() { put(byte) }
        }
        return length
    }
}
