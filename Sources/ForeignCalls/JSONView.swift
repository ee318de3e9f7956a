internal import ForeignSignatures

/// A JSON document that somebody keeps in memory meanwhile.
struct JSONView {
    var tape: JSONTape
    var bytes: UnsafeBufferPointer<UInt8>

    var text: Span<UInt8> { @_lifetime(borrow self) get { bytes.span } }

    func range(_ node: Int) -> Range<Int> { Int(tape[node].start)..<Int(tape[node].end) }

    /// Whether a text, or an object's name, is this word.
    func means(_ node: Int, _ word: String) -> Bool {
        let range = range(node)
        guard tape[node].kind == .text else { return false }
        guard !tape[node].isEscaped else {
            return tape.string(node, text).utf8.elementsEqual(word.utf8)
        }
        return range.count == word.utf8.count && bytes[range].elementsEqual(word.utf8)
    }

    /// A value in a few words, for whoever has to find it.
    func shown(_ node: Int) -> String {
        let value = tape[node]
        switch value.kind {
        case .null: return "null"
        case .yes: return "true"
        case .no: return "false"
        case .list: return "a list of \(value.count)"
        case .object: return "an object"
        case .number, .text:
            let range = range(node)
            let start = String(decoding: bytes[range.prefix(40)], as: UTF8.self)
            let text = range.count > 40 ? start + "…" : start
            return value.kind == .text ? "\"\(text)\"" : text
        }
    }

    /// The nodes of a list's elements, or of an object's names.
    func children(_ node: Int) -> Children {
        Children(tape: tape, parent: tape[node], position: node + 1)
    }

    /// Goes over the elements of a list, or the names of an object's members.
    struct Children: Sequence, IteratorProtocol {
        let tape: JSONTape
        let parent: JSONTape.Node
        var position: Int

        mutating func next() -> Int? {
            guard position < Int(parent.next) else { return nil }
            let found = position
            let value = parent.kind == .object ? found + 1 : found
            position = Int(tape[value].next)
            return found
        }
    }
}

/// JSON of the signature file's, which stays.
final class JSONConstant {
    let view: JSONView

    init?(_ json: [UInt8]) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, json.count))
        _ = copy.update(fromContentsOf: json)
        var tape = JSONTape()
        let bytes = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(copy)[..<json.count])
        do { try tape.read(bytes.span) } catch {
            copy.deallocate()
            return nil
        }
        view = JSONView(tape: tape, bytes: bytes)
    }
}
