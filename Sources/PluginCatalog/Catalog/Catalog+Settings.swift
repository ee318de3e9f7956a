public import FunctionModel
internal import Logging

extension Catalog {
    /// Looks at every plugin again after the operator's settings have changed.
    ///
    /// One that may no longer be given what it needs is taken out of service; one that was refused for
    /// that is tried again.
    ///
    /// - Parameter judge: Throws what speaks against a version now.
    public func reconsider(_ judge: (PluginVersion) throws(PluginRefusal) -> Void) async {
        for (plugin, service) in state.services where service.isServing {
            guard let current = service.record?.currentVersion else { continue }
            do throws(PluginRefusal) {
                try judge(PluginVersion(current, store: store))
            } catch {
                guard error.isAboutPermissions else { continue }
                await withdraw(plugin, error)
            }
        }
        lookAgainAtDependents()
        wake()
    }

    private func withdraw(_ plugin: String, _ refusal: PluginRefusal) async {
        guard let file = state.withdraw(plugin) else { return }
        await installer.remove(plugin: plugin)
        refuse(file, refusal, identity: nil, onAccountOfOthers: true)
    }
}
