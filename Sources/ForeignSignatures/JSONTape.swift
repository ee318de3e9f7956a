/// A JSON document (RFC 8259) as a flat list of its values, in the order in which they stand there.
///
/// Used again and again, it allocates nothing once it has been as long as the longest document.
public struct JSONTape: Sendable {
    /// The kinds of values.
    public enum Kind: UInt8, Sendable { case null, yes, no, number, text, list, object }

    /// One value; an object's members are a text and a value each, one after the other.
    public struct Node: Sendable {
        /// What it is.
        public let kind: Kind
        /// Where it begins in the document; for texts behind the quotation mark.
        public let start: Int32
        /// Where it ends; for texts before the quotation mark.
        public fileprivate(set) var end: Int32
        /// The node behind it and all that is in it.
        public fileprivate(set) var next: Int32
        /// How many elements or members it has.
        public fileprivate(set) var count: Int32
        /// Whether a text has escapes.
        public let isEscaped: Bool
    }

    /// Why a document is none.
    public struct Mistake: Error, Hashable, Sendable {
        /// Where, in bytes from the beginning.
        public let offset: Int
        /// What is wrong there.
        public let words: String
    }

    /// How deep lists and objects may be nested.
    public static let depthLimit = 64
    /// The longest document, in bytes.
    public static let sizeLimit = 1 << 30

    /// The values; the first is the document's own.
    public private(set) var nodes: [Node] = []
    private var position = 0

    /// Makes an empty one.
    public init() {}

    /// The node with a number.
    public subscript(_ index: Int) -> Node { nodes[index] }

    /// Reads a whole document, in place of the one before.
    ///
    /// - Throws: `Mistake` where it isn't JSON in UTF-8, is nested too deep, or says a thing twice.
    public mutating func read(_ text: Span<UInt8>) throws(Mistake) {
        nodes.removeAll(keepingCapacity: true)
        position = 0
        guard text.count <= Self.sizeLimit else {
            throw Mistake(offset: 0, words: "it is too long")
        }
        guard Self.isUnicode(text) else {
            throw Mistake(offset: 0, words: "it is not UTF-8")
        }
        try value(text, depth: 0)
        skipSpace(text)
        guard position == text.count else { throw mistake("something follows the end") }
    }

    private static func isUnicode(_ text: Span<UInt8>) -> Bool {
        do { _ = try UTF8Span(validating: text) } catch { return false }
        return true
    }

    private func mistake(_ words: String) -> Mistake { Mistake(offset: position, words: words) }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while position < text.count {
            let byte = text[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private mutating func value(_ text: Span<UInt8>, depth: Int) throws(Mistake) {
        skipSpace(text)
        guard position < text.count else { throw mistake("it ends too early") }
        switch text[position] {
        case UInt8(ascii: "{"): try group(text, .object, UInt8(ascii: "}"), depth: depth)
        case UInt8(ascii: "["): try group(text, .list, UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "\""): try string(text)
        case UInt8(ascii: "t"): try word(text, "true", .yes)
        case UInt8(ascii: "f"): try word(text, "false", .no)
        case UInt8(ascii: "n"): try word(text, "null", .null)
        default: try number(text)
        }
    }

    private mutating func group(
        _ text: Span<UInt8>,
        _ kind: Kind,
        _ close: UInt8,
        depth: Int
    ) throws(Mistake) {
        guard depth < Self.depthLimit else { throw mistake("it is nested too deep") }
        let own = nodes.count
        let start = Int32(position)
        nodes.append(Node(kind: kind, start: start, end: 0, next: 0, count: 0, isEscaped: false))
        position += 1
        skipSpace(text)
        var count: Int32 = 0
        if position < text.count, text[position] == close {
            position += 1
        } else {
            while true {
                if kind == .object { try key(text) }
                try value(text, depth: depth + 1)
                count += 1
                skipSpace(text)
                guard position < text.count else { throw mistake("it ends too early") }
                position += 1
                if text[position - 1] == close { break }
                guard text[position - 1] == UInt8(ascii: ",") else {
                    position -= 1
                    throw mistake("a comma is missing")
                }
            }
        }
        nodes[own].end = Int32(position)
        nodes[own].next = Int32(nodes.count)
        nodes[own].count = count
    }

    private mutating func key(_ text: Span<UInt8>) throws(Mistake) {
        skipSpace(text)
        guard position < text.count, text[position] == UInt8(ascii: "\"") else {
            throw mistake("a member's name is missing")
        }
        try string(text)
        skipSpace(text)
        guard position < text.count, text[position] == UInt8(ascii: ":") else {
            throw mistake("a colon is missing")
        }
        position += 1
    }

    private mutating func append(_ kind: Kind, _ start: Int, _ end: Int, escaped: Bool = false) {
        nodes.append(
            Node(
                kind: kind,
                start: Int32(start),
                end: Int32(end),
                next: Int32(nodes.count + 1),
                count: 0,
                isEscaped: escaped
            )
        )
    }

    private mutating func word(
        _ text: Span<UInt8>,
        _ word: StaticString,
        _ kind: Kind
    ) throws(Mistake) {
        let end = position + word.utf8CodeUnitCount
        let start = position
        guard end <= text.count else { throw mistake("it ends too early") }
        for byte in "\(word)".utf8 {
            guard text[position] == byte else { throw mistake("no value begins like this") }
            position += 1
        }
        append(kind, start, end)
    }

    private mutating func number(_ text: Span<UInt8>) throws(Mistake) {
        let start = position
        skip(text, UInt8(ascii: "-"))
        if !skip(text, UInt8(ascii: "0")) { try digits(text) }
        if skip(text, UInt8(ascii: ".")) { try digits(text) }
        if skip(text, UInt8(ascii: "e")) || skip(text, UInt8(ascii: "E")) {
            if !skip(text, UInt8(ascii: "+")) { skip(text, UInt8(ascii: "-")) }
            try digits(text)
        }
        append(.number, start, position)
    }

    @discardableResult
    private mutating func skip(_ text: Span<UInt8>, _ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func digits(_ text: Span<UInt8>) throws(Mistake) {
        let start = position
        while position < text.count, text[position] &- 0x30 < 10 { position += 1 }
        guard position > start else {
            throw mistake(start == text.count ? "it ends too early" : "no value begins like this")
        }
    }

    private mutating func string(_ text: Span<UInt8>) throws(Mistake) {
        position += 1
        let start = position
        var escaped = false
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                append(.text, start, position, escaped: escaped)
                position += 1
                return
            }
            guard byte >= 0x20 else { throw mistake("a control character stands in a text") }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                position = try JSONEscape.end(text, at: position)
            } else {
                position += 1
            }
        }
        throw mistake("a text doesn't end")
    }
}
