internal import FoundationEssentials
internal import NIOCore

/// A JSON value as it stands in a document: checked, but neither read nor copied.
///
/// What is only handed on keeps its bytes, so that the same document always hands on the same.
struct JSONSlice {
    /// The kinds of values.
    enum Kind { case null, flag, number, text, list, object }

    let kind: Kind
    let bytes: ArraySlice<UInt8>

    init(kind: Kind, bytes: ArraySlice<UInt8>) {
        self.kind = kind
        self.bytes = bytes
    }

    /// Checks a whole document; `nil` where it isn't JSON in UTF-8.
    init?(document: ByteBuffer) {
        let bytes = Array(document.readableBytesView)
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var scanner = JSONScanner(bytes[...])
        do throws(JSONScanner.Mistake) { self = try scanner.value() } catch { return nil }
        guard scanner.peek() == nil else { return nil }
    }

    /// The bytes, as they are handed on.
    var raw: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// What a text says; `nil` for other kinds, and where an escape stands for no character.
    var text: String? {
        guard kind == .text else { return nil }
        guard bytes.contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
        }
        do { return try JSONDecoder().decode(String.self, from: Data(bytes)) } catch { return nil }
    }

    /// A whole number as it is written; `nil` for other kinds, and for what 64 bits don't hold.
    var integer: Int64? {
        kind == .number ? Int64(String(decoding: bytes, as: UTF8.self)) : nil
    }

    /// The first elements of a list, at most so many; `nil` for other kinds.
    func elements(atMost limit: Int) -> [JSONSlice]? {
        guard kind == .list else { return nil }
        var found: [JSONSlice] = []
        walk(UInt8(ascii: "]"), atMost: limit) { scanner throws(JSONScanner.Mistake) in
            found.append(try scanner.value())
        }
        return found
    }

    /// The first members of an object, at most so many; `nil` for other kinds, and where a name can't
    /// be read.
    func members(atMost limit: Int) -> [(name: String, value: JSONSlice)]? {
        guard kind == .object else { return nil }
        var found: [(name: String, value: JSONSlice)] = []
        var isReadable = true
        walk(UInt8(ascii: "}"), atMost: limit) { scanner throws(JSONScanner.Mistake) in
            let name = try scanner.value().text
            try scanner.take(UInt8(ascii: ":"))
            found.append((name ?? "", try scanner.value()))
            if name == nil { isReadable = false }
        }
        return isReadable ? found : nil
    }

    private func walk(
        _ close: UInt8,
        atMost limit: Int,
        _ step: (inout JSONScanner) throws(JSONScanner.Mistake) -> Void
    ) {
        var scanner = JSONScanner(bytes.dropFirst())
        if scanner.takes(close) { return }
        var count = 0
        do throws(JSONScanner.Mistake) {
            repeat {
                count += 1
                try step(&scanner)
            } while count < limit && scanner.takes(UInt8(ascii: ","))
        } catch {
            // A slice is made of checked bytes only.
            preconditionFailure("a checked value can't be read again")
        }
    }
}
