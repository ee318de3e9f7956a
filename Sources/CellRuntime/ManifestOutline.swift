/// Counts a manifest's functions without decoding it; the host does that.
enum ManifestOutline {
    /// How many elements the array "functions" at the top level of a JSON document has; 0 when there
    /// is none.
    static func functionCount(_ json: some Collection<UInt8>) -> Int {
        var scan = Scan()
        for byte in json { scan.take(byte) }
        return scan.count
    }

    /// Whether the top level of a JSON document has a key "permissions".
    static func asksPermissions(_ json: some Collection<UInt8>) -> Bool {
        var scan = Scan()
        for byte in json { scan.take(byte) }
        return scan.hasPermissions
    }

    private struct Scan {
        var count = 0
        var hasPermissions = false
        private var depth = 0
        private var isInString = false
        private var isEscaped = false
        private var text: [UInt8] = []
        private var key: [UInt8] = []
        private var isInFunctions = false

        mutating func take(_ byte: UInt8) {
            if isInString { return takeInString(byte) }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                text = []
            case UInt8(ascii: ":") where depth == 1:
                key = text
                if key.elementsEqual("permissions".utf8) { hasPermissions = true }
            case UInt8(ascii: "{"), UInt8(ascii: "["): open(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 1 { isInFunctions = false }
            default: break
            }
        }

        private mutating func open(_ byte: UInt8) {
            let isFunctions = key.elementsEqual("functions".utf8)
            if depth == 1, byte == UInt8(ascii: "["), isFunctions { isInFunctions = true }
            if depth == 2, byte == UInt8(ascii: "{"), isInFunctions { count += 1 }
            depth += 1
        }

        private mutating func takeInString(_ byte: UInt8) {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
                return
            }
            if depth == 1 { text.append(byte) }
        }
    }
}
