internal import FunctionModel
internal import Platform

extension PathGuard {
    /// Refuses a plugin whose paths can't be handed to any plugin, or aren't there.
    func check(_ permissions: Permissions, of plugin: String) throws(PluginRefusal) {
        for path in permissions.read + permissions.write {
            guard case .failure(let problem) = resolve(path) else { continue }
            throw PluginRefusal(
                kind: PluginRefusal.pathNotAllowedKind,
                message: "plugin '\(plugin)' can't be given \(path): \(problem)"
            )
        }
    }
}

extension PathGuard {
    /// Refuses a watch that would show the host's own places to a function.
    func check(_ definitions: [FunctionDefinition]) throws(PluginRefusal) {
        for definition in definitions {
            for files in definition.triggers.compactMap(\.files) where files.isAbsolute {
                // One that isn't there yet is waited for.
                guard let path = FileIO.resolved(files.directory),
                    case .failure(let problem) = resolve(path)
                else { continue }
                throw PluginRefusal(
                    kind: PluginRefusal.pathNotAllowedKind,
                    message: "'\(definition.name)' can't watch \(files.directory): \(problem)"
                )
            }
        }
    }
}

extension Permissions {
    /// Paths that the plugin was given and whose modes shut its user out all the same, in sentences.
    func shut(for user: Int?) -> [String] {
        guard ThisProcess.isPrivileged, let user else { return [] }
        return (read.map { ($0, false) } + write.map { ($0, true) }).compactMap { path, writes in
            guard !FileAccess.isOpen(path, user: UInt32(user), writing: writes) else { return nil }
            return
                "it may \(writes ? "write" : "read") \(path), but runs as user \(user), whom the "
                + "file's mode shuts out: chown \(user) '\(path)', or open it with chmod"
        }
    }
}
