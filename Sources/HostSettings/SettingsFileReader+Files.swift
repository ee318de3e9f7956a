internal import FunctionModel
internal import Yams

/// Watched directories, as the operator writes them.
extension SettingsFileReader {
    private static let keys = [
        "directory", "matching", "recursive", "kinds", "stableFor", "batch", "parallelism", "order",
        "afterwards", "largest",
    ]

    mutating func files(_ node: Node) -> FilesTriggerDeclaration? {
        if let text = node.scalar?.string { return FilesTriggerDeclaration(directory: text) }
        let values = nodes.section(node, "files", keys: Self.keys)
        guard let directory = values["directory"].flatMap({ nodes.text($0, "directory") }) else {
            nodes.note(at: node, "files needs a directory")
            return nil
        }
        var files = FilesTriggerDeclaration(directory: directory)
        files.matching = values["matching"].map { texts($0, "a pattern") }
        files.recursive = values["recursive"].flatMap { nodes.flag($0, "recursive") }
        files.kinds = values["kinds"].map { texts($0, "a kind") }
        files.stableForMilliseconds = values["stableFor"].flatMap { node in
            quantity(node, "stableFor", "500ms") { Quantity.milliseconds($0) }
        }
        files.batch = values["batch"].flatMap { number($0, "batch") }
        files.parallelism = values["parallelism"].flatMap { number($0, "parallelism") }
        files.order = values["order"].flatMap { nodes.text($0, "order") }
        files.afterwards = values["afterwards"].flatMap { nodes.text($0, "afterwards") }
        files.largestBytes = values["largest"].flatMap { node in
            quantity(node, "largest", "64MiB") { Quantity.bytes($0)?.bytes }
        }
        return files
    }

    private mutating func texts(_ node: Node, _ name: String) -> [String] {
        (node.sequence.map { Array($0) } ?? [node]).compactMap { nodes.text($0, name) }
    }

    private mutating func number(_ node: Node, _ name: String) -> Int? {
        quantity(node, name, "4") { Int($0) }
    }

    private mutating func quantity(
        _ node: Node,
        _ name: String,
        _ example: String,
        _ read: (String) -> Int?
    ) -> Int? {
        guard let text = nodes.text(node, name) else { return nil }
        if let value = read(text) { return value }
        nodes.note(at: node, "'\(text)' doesn't do for \(name): write such as \(example)")
        return nil
    }
}
