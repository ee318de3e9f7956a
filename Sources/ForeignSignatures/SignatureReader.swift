/// Reads a signature file: a JSON document whose every member is known, or is refused with its place.
struct SignatureReader {
    let bytes: [UInt8]
    var tape = JSONTape()
    var file: SignatureFile
    /// The declared types' places by name.
    var typeNumbers: [String: Int] = [:]

    typealias Members = [String: Place]

    /// A value in the document with its JSON pointer.
    struct Place {
        var node: Int
        var pointer: String

        func below(_ name: String) -> String { "\(pointer)/\(name.escapedForPointer)" }
    }

    init(_ bytes: [UInt8], defaultName: String) throws(SignatureProblem) {
        self.bytes = bytes
        file = SignatureFile(plugin: defaultName)
        guard bytes.count <= SignatureFile.sizeLimit else {
            throw SignatureProblem("", "it is longer than \(SignatureFile.sizeLimit) bytes")
        }
        do { try tape.read(bytes.span) } catch {
            let line = bytes.prefix(error.offset).filter { $0 == 0x0A }.count + 1
            throw SignatureProblem("", "it is not JSON: \(error.words), in line \(line)")
        }
    }

    var root: Place { Place(node: 0, pointer: "") }

    // MARK: - Values

    func kind(_ place: Place) -> JSONTape.Kind { tape[place.node].kind }

    func json(_ place: Place) -> [UInt8] {
        let node = tape[place.node]
        let quotes = node.kind == .text ? 1 : 0
        return Array(bytes[(Int(node.start) - quotes)..<(Int(node.end) + quotes)])
    }

    func text(_ place: Place, most: Int = 256) throws(SignatureProblem) -> String {
        guard kind(place) == .text else {
            throw SignatureProblem(place.pointer, "has to be a text")
        }
        let text = tape.string(place.node, bytes.span)
        guard !text.isEmpty, text.utf8.count <= most, !text.utf8.contains(0) else {
            throw SignatureProblem(
                place.pointer,
                "has to be a text of 1 to \(most) bytes without a NUL character"
            )
        }
        return text
    }

    func flag(_ place: Place?) throws(SignatureProblem) -> Bool {
        guard let place else { return false }
        switch kind(place) {
        case .yes: return true
        case .no: return false
        default: throw SignatureProblem(place.pointer, "has to be true or false")
        }
    }

    func integer(_ place: Place) throws(SignatureProblem) -> Int64 {
        let node = tape[place.node]
        let range = Int(node.start)..<Int(node.end)
        guard node.kind == .number || node.kind == .text,
            let found = JSONNumber.integer(bytes.span, range),
            let value = Int64(exactly: found)
        else { throw SignatureProblem(place.pointer, "has to be a whole number") }
        return value
    }

    func count(
        _ place: Place,
        _ range: ClosedRange<Int64> = 0...Int64(SignatureFile.memoryLimit)
    ) throws(SignatureProblem) -> Int {
        guard kind(place) == .number else {
            throw SignatureProblem(
                place.pointer,
                "has to be a whole number, without quotation marks"
            )
        }
        let value = try integer(place)
        guard range.contains(value) else {
            throw SignatureProblem(
                place.pointer,
                "has to be from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return Int(value)
    }

    func number(_ place: Place) throws(SignatureProblem) -> Double {
        let node = tape[place.node]
        guard node.kind == .number,
            let value = JSONNumber.double(bytes.span, Int(node.start)..<Int(node.end)),
            value.isFinite
        else { throw SignatureProblem(place.pointer, "has to be a number") }
        return value
    }

    /// A name as plugins and functions have them.
    func name(_ place: Place) throws(SignatureProblem) -> String {
        let name = try text(place)
        let isPlain = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
        }
        guard isPlain, name.utf8.count <= 31, (0x61...0x7A).contains(name.utf8.first ?? 0) else {
            throw SignatureProblem(
                place.pointer,
                "'\(name.shown)' can't be a name: it has to begin with a small letter, and to have at "
                    + "most 31 of a-z, 0-9, '_' and '-'"
            )
        }
        return name
    }

    /// JSON that somebody else reads, which has to be of a kind.
    func json(
        _ place: Place,
        _ kinds: [JSONTape.Kind],
        _ words: String
    ) throws(SignatureProblem)
        -> [UInt8]
    {
        guard kinds.contains(kind(place)) else {
            throw SignatureProblem(place.pointer, "has to be \(words)")
        }
        return json(place)
    }

    /// An identifier of C.
    func symbol(_ place: Place) throws(SignatureProblem) -> String {
        let symbol = try text(place)
        guard symbol.isIdentifier else {
            throw SignatureProblem(
                place.pointer,
                "'\(symbol.shown)' can't be the name of a symbol in C"
            )
        }
        return symbol
    }

    // MARK: - Lists and objects

    /// The members of an object in their order.
    func list(
        members place: Place,
        most: Int = 4_096
    ) throws(SignatureProblem) -> [(name: String, place: Place)] {
        guard kind(place) == .object else {
            throw SignatureProblem(place.pointer, "has to be an object")
        }
        guard tape[place.node].count <= most else {
            throw SignatureProblem(place.pointer, "has more than \(most) members")
        }
        var found: [(name: String, place: Place)] = []
        var names: Set<String> = []
        var index = place.node + 1
        while index < tape[place.node].next {
            let name = tape.string(index, bytes.span)
            let pointer = place.below(name)
            guard names.insert(name).inserted else {
                throw SignatureProblem(pointer, "stands there twice")
            }
            found.append((name, Place(node: index + 1, pointer: pointer)))
            index = Int(tape[index + 1].next)
        }
        return found
    }

    /// The members of an object, all of which have to be known.
    func members(
        _ place: Place,
        _ known: [String]
    ) throws(SignatureProblem) -> Members {
        var found: Members = [:]
        for (name, value) in try list(members: place) {
            guard known.contains(name) else {
                throw SignatureProblem(
                    value.pointer,
                    "is not known here; known are \(known.joined(separator: ", "))"
                )
            }
            found[name] = value
        }
        return found
    }

    /// The elements of a list.
    func elements(_ place: Place, most: Int) throws(SignatureProblem) -> [Place] {
        guard kind(place) == .list else {
            throw SignatureProblem(place.pointer, "has to be a list")
        }
        guard tape[place.node].count <= most else {
            throw SignatureProblem(place.pointer, "has more than \(most) elements")
        }
        var found: [Place] = []
        var index = place.node + 1
        while index < tape[place.node].next {
            found.append(Place(node: index, pointer: "\(place.pointer)/\(found.count)"))
            index = Int(tape[index].next)
        }
        return found
    }

    func required(
        _ members: Members,
        _ name: String,
        in place: Place
    ) throws(SignatureProblem) -> Place {
        guard let found = members[name] else {
            throw SignatureProblem(place.pointer, "lacks the member '\(name)'")
        }
        return found
    }
}

extension JSONTape {
    /// A text of the document.
    public func string(_ index: Int, _ text: Span<UInt8>) -> String {
        let node = self[index]
        var bytes: [UInt8] = []
        JSONEscape.decode(text, Int(node.start)..<Int(node.end)) { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Hands out the bytes of a text.
    public func decode(_ index: Int, _ text: Span<UInt8>, _ put: (UInt8) -> Void) {
        let node = self[index]
        JSONEscape.decode(text, Int(node.start)..<Int(node.end), put)
    }
}

extension Int64 {
    /// A whole number of 64 bits with its sign.
    init?(exactly number: (isNegative: Bool, magnitude: UInt64)) {
        if number.isNegative {
            guard number.magnitude <= 1 << 63 else { return nil }
            self = Int64(truncatingIfNeeded: 0 &- number.magnitude)
        } else {
            guard let value = Int64(exactly: number.magnitude) else { return nil }
            self = value
        }
    }
}

extension String {
    /// As a step of a JSON pointer.
    public var escapedForPointer: String {
        var text = ""
        for character in self {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }

    /// Whether C takes it for a name.
    var isIdentifier: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first), utf8.count <= 255 else {
            return false
        }
        return utf8.allSatisfy {
            ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }

    /// Short enough for a message.
    var shown: String { utf8.count <= 64 ? self : String(prefix(60)) + "…" }
}
