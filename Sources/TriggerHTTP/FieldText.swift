/// The bytes that HTTP allows in field names and values (RFC 9110, 5.1 and 5.5).
enum FieldText {
    /// Returns a name in lower case; `nil` when it is not a token.
    static func lowercasedName(_ name: String) -> String? {
        var name = name
        var hasCapital = false
        let isToken = name.withUTF8 { bytes in
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"): continue
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): hasCapital = true
                default: if !isTokenByte(byte) { return false }
                }
            }
            return !bytes.isEmpty
        }
        guard isToken else { return nil }
        return hasCapital ? lowercased(name) : name
    }

    /// Whether a value has no control character but the tab.
    static func isValue(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { bytes in
            for byte in bytes where byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
            return true
        }
    }

    /// Whether two texts are the same but for the case of ASCII letters; `other` is in lower case.
    static func equals(_ text: Substring, lowercase other: StaticString) -> Bool {
        text.utf8.count == other.utf8CodeUnitCount
            && text.utf8.elementsEqual(
                UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount)
            ) { lowercased($0) == $1 }
    }

    /// The members of a comma-separated list, without blanks around them.
    static func members(_ value: String) -> [Substring] {
        value.split(separator: ",").map(trimmed)
    }

    /// The text without blanks around it.
    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, isBlank(first) { text.removeFirst() }
        while let last = text.utf8.last, isBlank(last) { text.removeLast() }
        return text
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func lowercased(_ name: String) -> String {
        String(unsafeUninitializedCapacity: name.utf8.count) { buffer in
            var count = 0
            for byte in name.utf8 {
                buffer[count] = lowercased(byte)
                count += 1
            }
            return count
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#"),
            UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
