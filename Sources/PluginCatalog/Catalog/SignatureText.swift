internal import ForeignSignatures
internal import FunctionModel
internal import Yams

/// The text of a signature file as JSON, whichever of the two it was written in.
enum SignatureText {
    /// The JSON of a signature file.
    ///
    /// - Throws: `PluginRefusal` where it is YAML that can't be said in JSON.
    static func json(_ text: [UInt8], file: String) throws(PluginRefusal) -> [UInt8] {
        guard !file.hasSuffix(".json") else { return text }
        guard let yaml = String(validating: text, as: UTF8.self) else {
            throw refusal(file, "it is not UTF-8")
        }
        let node: Node?
        do { node = try compose(yaml: yaml) } catch { throw refusal(file, "\(error)") }
        guard let node else { throw refusal(file, "it is empty") }
        var writer = Writer()
        guard writer.write(node, depth: 0) else {
            throw refusal(file, "it is nested too deep, too long, or has a key that is no text")
        }
        return writer.output.bytes
    }

    private static func refusal(_ file: String, _ what: String) -> PluginRefusal {
        PluginRefusal(kind: "badSignature", message: "\(file) can't be read as YAML: \(what).")
    }

    private struct Writer {
        var output = JSONOutput()
        /// Aliases can make much of little.
        var rest = 200_000

        mutating func write(_ node: Node, depth: Int) -> Bool {
            rest -= 1
            guard depth < JSONTape.depthLimit, rest > 0,
                output.bytes.count <= SignatureFile.sizeLimit
            else { return false }
            switch node {
            case .scalar(let scalar):
                write(scalar, node.tag)
                return true
            case .sequence(let sequence):
                output.raw("[")
                for (index, element) in sequence.enumerated() {
                    if index > 0 { output.raw(",") }
                    guard write(element, depth: depth + 1) else { return false }
                }
                output.raw("]")
                return true
            case .mapping(let mapping):
                output.raw("{")
                for (key, value) in mapping {
                    guard let name = key.scalar?.string else { return false }
                    output.key(name)
                    guard write(value, depth: depth + 1) else { return false }
                }
                output.raw("}")
                return true
            default: return false
            }
        }

        private mutating func write(_ scalar: Node.Scalar, _ tag: Tag) {
            let text = scalar.string
            guard scalar.style == .plain || scalar.style == .any else { return output.text(text) }
            switch Tag.Name(rawValue: tag.description) {
            case .null: output.raw("null")
            case .bool:
                if ["true", "yes", "on"].contains(text.lowercased()) {
                    output.raw("true")
                } else {
                    output.raw("false")
                }
            case .int, .float:
                var tape = JSONTape()
                do throws(JSONTape.Mistake) {
                    // What JSON has no number for stays a text.
                    try tape.read(Array(text.utf8).span)
                    output.raw(text.utf8)
                } catch {
                    output.text(text)
                }
            default: output.text(text)
            }
        }
    }
}
