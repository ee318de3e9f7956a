internal import ForeignSignatures

/// JSON whose members stay in the order in which they were put there.
public indirect enum JSONValue: Sendable, Hashable {
    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// What it holds.
        public var value: JSONValue
    }

    case null
    case truth(Bool)
    /// A number, by its digits: 64 bits don't fit into a `Double`.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([Member])

    /// The value of a member; `nil` where it has none of that name.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// Puts a member into an object, in place of one of that name; `nil` changes nothing.
    mutating func set(_ name: String, _ value: JSONValue?) {
        guard let value, case .object(var members) = self else { return }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = value
        } else {
            members.append(Member(name: name, value: value))
        }
        self = .object(members)
    }

    /// The same object with a further member; `nil` changes nothing.
    func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        var object = self
        object.set(name, value)
        return object
    }

    /// An object of members that are made elsewhere.
    static func members(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    /// Reads a document; `nil` where it is none.
    init?(json: [UInt8]) {
        var tape = JSONTape()
        do { try tape.read(json.span) } catch { return nil }
        self.init(tape, 0, json)
    }

    private init(_ tape: JSONTape, _ index: Int, _ json: [UInt8]) {
        let node = tape[index]
        var children: [Int] = []
        var place = index + 1
        while place < Int(node.next) {
            children.append(place)
            place = Int(tape[place].next)
        }
        switch node.kind {
        case .null: self = .null
        case .yes: self = true
        case .no: self = false
        case .number:
            let digits = json[Int(node.start)..<Int(node.end)]
            self = .number(String(decoding: digits, as: UTF8.self))
        case .text: self = .text(tape.string(index, json.span))
        case .list: self = .list(children.map { JSONValue(tape, $0, json) })
        case .object:
            // A name and a value each.
            let names = stride(from: 0, to: children.count, by: 2)
            self = .members(
                names.map { number in
                    let name = tape.string(children[number], json.span)
                    return (name, JSONValue(tape, children[number + 1], json))
                }
            )
        }
    }

    // MARK: - Writing

    /// The document, indented, with a line's end behind it.
    public var document: [UInt8] {
        var output = JSONOutput()
        write(to: &output, depth: 0)
        output.raw("\n")
        return output.bytes
    }

    private func write(to output: inout JSONOutput, depth: Int) {
        switch self {
        case .null: output.raw("null")
        case .truth(let value): if value { output.raw("true") } else { output.raw("false") }
        case .number(let digits): output.raw(digits.utf8)
        case .text(let text): output.text(text)
        case .list, .object:
            let start = output.bytes.count
            guard !writeInLine(to: &output, end: start + Self.lineLimit) else { return }
            output.truncate(to: start)
            writeInLines(to: &output, depth: depth)
        }
    }

    /// The longest list or object that stands in one line.
    private static let lineLimit = 80

    /// Writes a value in one line; false where it doesn't end before some place.
    private func writeInLine(to output: inout JSONOutput, end: Int) -> Bool {
        switch self {
        case .list(let elements):
            output.raw("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { output.raw(", ") }
                guard element.writeInLine(to: &output, end: end) else { return false }
            }
            output.raw("]")
        case .object(let members):
            output.raw(members.isEmpty ? "{" : "{ ")
            for (index, member) in members.enumerated() {
                if index > 0 { output.raw(", ") }
                output.text(member.name)
                output.raw(": ")
                guard member.value.writeInLine(to: &output, end: end) else { return false }
            }
            output.raw(members.isEmpty ? "}" : " }")
        default: write(to: &output, depth: 0)
        }
        return output.bytes.count <= end
    }

    private func writeInLines(to output: inout JSONOutput, depth: Int) {
        let isList: Bool
        let parts: [(name: String?, value: JSONValue)]
        switch self {
        case .list(let elements): (isList, parts) = (true, elements.map { (nil, $0) })
        case .object(let members): (isList, parts) = (false, members.map { ($0.name, $0.value) })
        default: return
        }
        output.raw(isList ? "[" : "{")
        for (index, part) in parts.enumerated() {
            if index > 0 { output.raw(",") }
            Self.line(&output, depth + 1)
            if let name = part.name {
                output.text(name)
                output.raw(": ")
            }
            part.value.write(to: &output, depth: depth + 1)
        }
        Self.line(&output, depth)
        output.raw(isList ? "]" : "}")
    }

    private static func line(_ output: inout JSONOutput, _ depth: Int) {
        output.raw("\n")
        for _ in 0..<depth { output.raw("  ") }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }

    /// A whole number.
    public init(integerLiteral value: Int) { self = .number("\(value)") }

    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .truth(value) }

    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .list(elements) }

    /// An object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .members(elements) }
}
