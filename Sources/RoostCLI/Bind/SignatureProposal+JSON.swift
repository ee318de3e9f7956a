internal import FunctionModel

extension SignatureProposal {
    /// A value of JSON whose members keep their order.
    indirect enum Value {
        case text(String)
        case number(Int64)
        case yes
        case list([Value])
        case object([(String, Value)])
    }
}

extension SignatureProposal.Value {
    /// The JSON, in lines where it is long.
    func json(indent: Int = 0) -> String {
        switch self {
        case .text(let text): return text.quotedForJSON
        case .number(let number): return "\(number)"
        case .yes: return "true"
        case .list(let values):
            return Self.group("[", "]", values.map { $0.json(indent: indent + 2) }, indent)
        case .object(let members):
            let parts = members.map { "\($0.0.quotedForJSON): \($0.1.json(indent: indent + 2))" }
            return Self.group("{", "}", parts, indent)
        }
    }

    private static func group(
        _ open: String,
        _ close: String,
        _ parts: [String],
        _ indent: Int
    ) -> String {
        let line = parts.joined(separator: ", ")
        if line.utf8.count + indent < 90, !line.contains("\n") {
            return parts.isEmpty ? open + close : "\(open) \(line) \(close)"
        }
        let margin = String(repeating: " ", count: indent + 2)
        return open + "\n" + parts.map { margin + $0 }.joined(separator: ",\n") + "\n"
            + String(repeating: " ", count: indent) + close
    }
}
