internal import ForeignSignatures

/// Arguments in a request's query, as the JSON that says the same: `?x=2&y=10`.
struct QueryArguments {
    private let signature: Signature

    init(_ signature: Signature) { self.signature = signature }

    /// The JSON document.
    ///
    /// - Throws: `CallFault` where it isn't percent-encoded UTF-8.
    func json(_ query: String) throws(CallFault) -> [UInt8] {
        var output = JSONOutput()
        output.raw("{\"args\":{")
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = try Self.decode(parts[0])
            let value = parts.count > 1 ? try Self.decode(parts[1]) : ""
            if output.bytes.last != UInt8(ascii: "{") { output.raw(",") }
            output.text(name)
            output.raw(":")
            write(value, signature.arguments.first { $0.name == name }?.type, to: &output)
        }
        output.raw("}}")
        return output.bytes
    }

    /// Numbers, truth values and null stand for themselves, where the argument isn't a text.
    private func write(_ value: String, _ type: ForeignType?, to output: inout JSONOutput) {
        switch type {
        case .text, .bytes, .enumeration: return output.text(value)
        default: break
        }
        var tape = JSONTape()
        do throws(JSONTape.Mistake) {
            try tape.read(Array(value.utf8).span)
            output.raw(value.utf8)
        } catch {
            output.text(value)
        }
    }

    private static func decode(_ text: Substring.UTF8View) throws(CallFault) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                let digits = String(Substring(rest.prefix(2)))
                guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                    throw .expected("a percent-encoded query", found: "%\(digits)")
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .expected("a query in UTF-8", found: "other bytes")
        }
        return decoded
    }
}
