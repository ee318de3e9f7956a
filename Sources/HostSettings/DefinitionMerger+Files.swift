internal import FunctionModel

/// What a plugin may watch by itself, and what takes the operator's word.
extension DefinitionMerger {
    /// Checks the watched directories of a function, and keeps the form that its handler takes.
    ///
    /// - Throws: `PluginRefusal` when the plugin wants to watch what nobody has allowed it.
    static func watching(
        _ triggers: [TriggerDeclaration],
        of name: FunctionName,
        declared: [TriggerDeclaration],
        isOperators: Bool,
        granted: Permissions
    ) throws(PluginRefusal) -> [TriggerDeclaration] {
        let batch = declared.compactMap(\.files).compactMap(\.batch).first
        var directories: Set<String> = []
        var watching: [TriggerDeclaration] = []
        for trigger in triggers {
            var trigger = trigger
            if let files = trigger.files {
                guard directories.insert(files.plainDirectory).inserted else {
                    throw .badManifest("'\(name)' watches '\(files.directory)' twice; join the two")
                }
                if !isOperators { try check(files, name, granted) }
                if isOperators, declared.contains(where: { $0.files != nil }) {
                    trigger.files?.batch = try size(files.batch, declared: batch, name)
                }
            }
            watching.append(trigger)
        }
        return watching
    }

    /// A plugin doesn't watch a directory merely by declaring it.
    private static func check(
        _ files: FilesTriggerDeclaration,
        _ name: FunctionName,
        _ granted: Permissions
    ) throws(PluginRefusal) {
        guard files.isAbsolute, !granted.covers(Permissions(read: [files.directory])) else {
            return
        }
        throw PluginRefusal(
            kind: PluginRefusal.pathNotAllowedKind,
            message: "function '\(name)' wants to watch \(files.directory): to allow it, write "
                + "`triggers: [{ files: { directory: '\(files.directory)' } }]` under "
                + "`functions: \(name):` in roost.yaml, with whatever else it declares, "
                + "or another directory"
        )
    }

    /// Whether a handler takes one file or a list is the plugin's business; how long a list may be is
    /// the operator's.
    private static func size(
        _ wanted: Int?,
        declared: Int?,
        _ name: FunctionName
    ) throws(PluginRefusal) -> Int? {
        guard wanted != nil, declared == nil else { return wanted ?? declared }
        throw .badManifest(
            "the handler of '\(name)' takes one file at a time: leave `batch` out of roost.yaml"
        )
    }
}
