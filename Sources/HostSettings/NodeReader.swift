internal import Yams

/// Takes nodes of a YAML file for what they should be, and notes where they are something else.
struct NodeReader {
    let file: String
    private(set) var problems: [SettingsProblem] = []

    init(file: String) { self.file = file }

    /// Notes a problem.
    mutating func note(at node: Node?, _ message: String) {
        let place = node.map { self.place($0) } ?? file
        problems.append(SettingsProblem(place: place, message: message))
    }

    /// Where a node stands.
    func place(_ node: Node) -> String {
        node.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
    }

    /// The root of a text; `nil` when it is empty or broken.
    mutating func parse(_ text: String) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            note(error)
        } catch {
            note(at: nil, "it can't be read: \(error)")
        }
        return nil
    }

    /// The values of a mapping by their keys; unknown keys are problems.
    mutating func section(_ node: Node, _ name: String, keys: [String]) -> [String: Node] {
        var values: [String: Node] = [:]
        for (key, value) in pairs(node, name) {
            guard let text = key.string else {
                note(at: key, "a key of \(name) has to be a word")
                continue
            }
            guard keys.contains(text) else {
                let meant = Nearest.match(text, among: keys).map { "did you mean '\($0)'?" }
                let cure = meant ?? "known are " + keys.joined(separator: ", ")
                note(at: key, "\(name) has no setting '\(text)'; \(cure)")
                continue
            }
            values[text] = value
        }
        return values
    }

    /// The keys and values of a mapping; an empty node is an empty mapping.
    mutating func pairs(_ node: Node, _ name: String) -> [(Node, Node)] {
        if let mapping = node.mapping { return mapping.map { ($0.key, $0.value) } }
        if node.null == nil { note(at: node, "\(name) has to be a list of 'key: value' lines") }
        return []
    }

    /// A text, number or switch, as it was written.
    mutating func text(_ node: Node, _ name: String) -> String? {
        guard let scalar = node.scalar, node.null == nil else {
            note(at: node, "\(name) has to be one value")
            return nil
        }
        return scalar.string
    }

    /// `true` or `false`.
    mutating func flag(_ node: Node, _ name: String) -> Bool? {
        switch text(node, name) {
        case "true": return true
        case "false": return false
        case nil: return nil
        case let other?:
            note(at: node, "'\(other)' doesn't do for \(name): write true or false")
            return nil
        }
    }

    /// One of a few words.
    mutating func word<Value: RawRepresentable<String>>(
        _ node: Node,
        _ name: String,
        _ values: [Value]
    ) -> Value? {
        guard let text = text(node, name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let words = values.map(\.rawValue).joined(separator: " or ")
        note(at: node, "'\(text)' doesn't do for \(name): write \(words)")
        return nil
    }

    private mutating func note(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let place = "\(file):\(mark.line):\(mark.column)"
            var message = "this is not YAML: \(problem)"
            // Many a schedule begins so, and a pattern of files.
            if case .scanner(let context?, _, _, _) = error, context.text.contains("alias") {
                message += "; what begins with '*' needs quotes: '*/5 * * * *'"
            }
            problems.append(SettingsProblem(place: place, message: message))
        case .duplicatedKeysInMapping(let keys, let context):
            let place = "\(file):\(context.mark.line):\(context.mark.column)"
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            problems.append(SettingsProblem(place: place, message: "\(names) stands here twice"))
        default:
            note(at: nil, "it can't be read: \(error)")
        }
    }
}
