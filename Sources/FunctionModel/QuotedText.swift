extension String {
    /// The text as JSON has it, in quotes.
    public var quotedForJSON: String {
        guard utf8.contains(where: Self.isEscaped) else { return "\"\(self)\"" }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in utf8 {
            switch byte {
            case let byte where !Self.isEscaped(byte): quoted.append(byte)
            case 0..<0x20:
                quoted += "\\u00".utf8
                if byte < 0x10 { quoted.append(UInt8(ascii: "0")) }
                quoted += String(byte, radix: 16).utf8
            default: quoted += [UInt8(ascii: "\\"), byte]
            }
        }
        quoted.append(UInt8(ascii: "\""))
        return String(decoding: quoted, as: UTF8.self)
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
