internal import ForeignSignatures
internal import Glibc

// Values that take memory of their own, or consist of others.
extension ValueStore {
    /// Bytes in the call's memory.
    struct Piece {
        var start: UnsafeMutableRawPointer
        var count: Int
    }

    /// Puts a struct's members, all of which have to be there.
    func structure(
        _ node: Int,
        _ view: JSONView,
        _ index: Int,
        _ target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        guard let type = file.structure(index) else { return }
        guard view.tape[node].kind == .object else {
            throw .expected(
                "an object with the fields of \(file.types[index].name)",
                found: view.shown(node)
            )
        }
        // Nothing of an earlier call shall stay behind, also not where C leaves gaps.
        memset(target, 0, type.size)
        var given: UInt64 = 0
        var others: Set<Int> = []
        for name in view.children(node) {
            guard let place = type.fields.firstIndex(where: { view.means(name, $0.name) }) else {
                let fault = CallFault.expected("no field of this name", found: view.shown(name + 1))
                throw fault.below(view.tape.string(name, view.text).escapedForPointer)
            }
            let field = type.fields[place]
            let isNew =
                place < 64 ? given & 1 << UInt64(place) == 0 : others.insert(place).inserted
            if place < 64 { given |= 1 << UInt64(place) }
            guard isNew else {
                throw CallFault.expected("one value", found: "a second one")
                    .below(field.name.escapedForPointer)
            }
            do throws(CallFault) {
                try store(name + 1, of: view, as: field.type, to: target + field.offset)
            } catch {
                throw error.below(field.name.escapedForPointer)
            }
        }
        for (place, field) in type.fields.enumerated() where field.type != .opaque {
            let isGiven = place < 64 ? given & 1 << UInt64(place) != 0 : others.contains(place)
            guard isGiven else {
                throw CallFault.expected("a value", found: "nothing")
                    .below(field.name.escapedForPointer)
            }
        }
    }

    /// Puts the elements of a list, one behind the other.
    func elements(
        _ node: Int,
        _ view: JSONView,
        _ element: ForeignType,
        _ stride: Int,
        _ target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        var index = 0
        let isText = if case .text = element { true } else { false }
        for child in view.children(node) {
            do throws(CallFault) {
                // A library that walks over a list looks for no NULL in it.
                guard !isText || view.tape[child].kind != .null else {
                    throw .expected("a text", found: "null")
                }
                try store(child, of: view, as: element, to: target + index * stride)
            } catch {
                throw error.below("\(index)")
            }
            index += 1
        }
    }

    /// A text with a NUL behind it.
    func text(_ node: Int, _ view: JSONView) throws(CallFault) -> Piece {
        guard view.tape[node].kind == .text else {
            throw .expected("a text", found: view.shown(node))
        }
        let piece = try plain(node, view)
        for index in 0..<piece.count
        where piece.start.load(fromByteOffset: index, as: UInt8.self) == 0 {
            throw .expected("a text without NUL characters", found: view.shown(node))
        }
        return piece
    }

    /// The characters of a text.
    private func plain(_ node: Int, _ view: JSONView) throws(CallFault) -> Piece {
        let range = view.range(node)
        let start = try arena.take(range.count + 1)
        guard view.tape[node].isEscaped else {
            if let base = view.bytes.baseAddress {
                start.copyMemory(from: base + range.lowerBound, byteCount: range.count)
            }
            return Piece(start: start, count: range.count)
        }
        var count = 0
        view.tape.decode(node, view.text) { byte in
            start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
            count += 1
        }
        return Piece(start: start, count: count)
    }

    /// Bytes: `"aGk="`, `{"base64":"aGk="}` or `{"text":"hi"}`.
    func bytes(_ node: Int, _ view: JSONView, isText: Bool) throws(CallFault) -> Piece {
        switch view.tape[node].kind {
        case .text where isText: return try plain(node, view)
        case .text: return try base64(node, view)
        case .object where view.tape[node].count == 1:
            let value = node + 2
            guard view.tape[value].kind == .text else { break }
            if view.means(node + 1, "text") { return try plain(value, view) }
            if view.means(node + 1, "base64") {
                do throws(CallFault) { return try base64(value, view) } catch {
                    throw error.below("base64")
                }
            }
        default: break
        }
        throw .expected(Self.bytesWords(isText: isText), found: view.shown(node))
    }

    static func bytesWords(isText: Bool) -> String {
        isText
            ? "a text, or bytes as {\"base64\": \"…\"}"
            : "bytes in Base64, or a text as {\"text\": \"…\"}"
    }

    private func base64(_ node: Int, _ view: JSONView) throws(CallFault) -> Piece {
        let range = view.range(node)
        let start = try arena.take(Base64.capacity(range.count) + 1)
        var count = 0
        let isSound =
            !view.tape[node].isEscaped
            && Base64.read(view.text, range) { byte in
                start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
                count += 1
            }
        guard isSound else {
            throw .expected(Self.bytesWords(isText: false), found: view.shown(node))
        }
        return Piece(start: start, count: count)
    }

    func inlineText(
        _ node: Int,
        _ view: JSONView,
        _ room: Int,
        _ target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        let piece = try text(node, view)
        guard piece.count < room else {
            throw .expected("a text of at most \(room - 1) bytes", found: "\(piece.count) bytes")
        }
        target.copyMemory(from: piece.start, byteCount: piece.count)
    }
}
