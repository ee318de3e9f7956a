/// Goes over JSON (RFC 8259) without building anything: its work is as long as the document.
struct JSONScanner {
    /// It isn't JSON, or nested deeper than anybody should.
    struct Mistake: Error {}

    /// How deep lists and objects may be nested.
    static let depth = 512

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The next byte that isn't white space; `nil` at the end.
    mutating func peek() -> UInt8? {
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Takes a byte that has to come next.
    mutating func take(_ byte: UInt8) throws(Mistake) {
        guard peek() == byte else { throw Mistake() }
        position += 1
    }

    /// Takes a byte where it comes next.
    mutating func takes(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Takes a whole value.
    mutating func value(depth: Int = 0) throws(Mistake) -> JSONSlice {
        guard let first = peek(), depth < Self.depth else { throw Mistake() }
        let start = position
        let kind: JSONSlice.Kind
        switch first {
        case UInt8(ascii: "{"):
            kind = .object
            try object { scanner throws(Mistake) in _ = try scanner.value(depth: depth + 1) }
        case UInt8(ascii: "["):
            kind = .list
            try list { scanner throws(Mistake) in _ = try scanner.value(depth: depth + 1) }
        case UInt8(ascii: "\""):
            kind = .text
            try text()
        case UInt8(ascii: "t"):
            kind = .flag
            try word("true")
        case UInt8(ascii: "f"):
            kind = .flag
            try word("false")
        case UInt8(ascii: "n"):
            kind = .null
            try word("null")
        default:
            kind = .number
            try number()
        }
        return JSONSlice(kind: kind, bytes: bytes[start..<position])
    }

    /// Takes an object, of which `member` takes each value.
    private mutating func object(
        _ member: (inout JSONScanner) throws(Mistake) -> Void
    ) throws(Mistake) {
        try take(UInt8(ascii: "{"))
        if takes(UInt8(ascii: "}")) { return }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw Mistake() }
            try text()
            try take(UInt8(ascii: ":"))
            try member(&self)
        } while takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "}"))
    }

    private mutating func list(
        _ element: (inout JSONScanner) throws(Mistake) -> Void
    ) throws(Mistake) {
        try take(UInt8(ascii: "["))
        if takes(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
    }

    private mutating func next() throws(Mistake) -> UInt8 {
        guard position < bytes.endIndex else { throw Mistake() }
        position += 1
        return bytes[position - 1]
    }

    private mutating func text() throws(Mistake) {
        position += 1
        while true {
            switch try next() {
            case UInt8(ascii: "\""): return
            case 0..<0x20: throw Mistake()
            case UInt8(ascii: "\\"): try escape()
            default: continue
            }
        }
    }

    private mutating func escape() throws(Mistake) {
        switch try next() {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard Self.isHex(try next()) else { throw Mistake() }
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        default: throw Mistake()
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private mutating func word(_ word: StaticString) throws(Mistake) {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.endIndex, bytes[position..<end].elementsEqual("\(word)".utf8) else {
            throw Mistake()
        }
        position = end
    }

    private mutating func number() throws(Mistake) {
        skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            try digits()
        }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.endIndex, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func digits() throws(Mistake) {
        let start = position
        while position < bytes.endIndex,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
        {
            position += 1
        }
        guard position > start else { throw Mistake() }
    }
}
