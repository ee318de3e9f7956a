internal import FunctionModel
internal import Yams

extension SettingsFileReader {
    /// Reads what the operator allows a plugin.
    mutating func permissions(_ node: Node) -> Permissions? {
        let keys = ["read", "write", "network", "subprocesses"]
        let values = nodes.section(node, "permissions", keys: keys)
        var permissions = Permissions()
        permissions.read = values["read"].map { paths($0, "read") } ?? []
        permissions.write = values["write"].map { paths($0, "write") } ?? []
        permissions.network = values["network"].flatMap { nodes.flag($0, "network") } ?? false
        permissions.subprocesses =
            values["subprocesses"].flatMap { nodes.flag($0, "subprocesses") } ?? false
        guard let problem = permissions.problem else { return permissions }
        nodes.note(at: node, problem)
        return nil
    }

    private mutating func paths(_ node: Node, _ name: String) -> [String] {
        let items = node.sequence.map { Array($0) } ?? [node]
        return items.compactMap { nodes.text($0, "a path of \(name)") }
    }
}
