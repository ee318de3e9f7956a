public import FunctionModel

/// Lays the operator's settings over what plugins declare.
public struct DefinitionMerger: Sendable {
    private let settings: Settings
    private let defaultConcurrency: Int

    /// Uses these settings.
    ///
    /// - Parameters:
    ///   - settings: What the operator says.
    ///   - defaultConcurrency: Workers of a function that names no number.
    public init(settings: Settings, defaultConcurrency: Int) {
        self.settings = settings
        self.defaultConcurrency = defaultConcurrency
    }

    /// The functions of a version with everything in force: what the plugin declares, then what the
    /// operator says of the plugin, then of the function, then the host's ceilings.
    ///
    /// - Throws: `PluginRefusal` when the manifest breaks the rules.
    public func definitions(
        of version: PluginVersion
    ) throws(PluginRefusal) -> [FunctionDefinition] {
        let manifest = try version.manifest.validated()
        let permissions = try permissions(of: manifest)
        try checkForeign(manifest)
        let isProcess = !permissions.isEmpty || isProcess(manifest) || manifest.foreign ?? false
        var definitions: [FunctionDefinition] = []
        for (index, function) in manifest.functions.enumerated() {
            let name: FunctionName
            do { name = try FunctionName(plugin: manifest.plugin, function: function.name) } catch {
                throw .badManifest("\(error)")
            }
            var definition = merge(function, name, index)
            definition.triggers = try Self.watching(
                definition.triggers,
                of: name,
                declared: function.triggers ?? [],
                isOperators: settings.functions[name]?.triggers != nil,
                granted: permissions
            )
            if isProcess { definition.isolation = .process }
            definition.permissions = permissions
            definitions.append(definition)
        }
        return definitions
    }

    /// What a plugin asks for, where the operator has agreed to all of it.
    private func permissions(of manifest: Manifest) throws(PluginRefusal) -> Permissions {
        let wish = manifest.permissions ?? Permissions()
        let granted = settings.plugins[manifest.plugin]?.permissions ?? Permissions()
        guard granted.covers(wish) else {
            throw .permissionsNotGranted(plugin: manifest.plugin, asks: wish, granted: granted)
        }
        return wish
    }

    /// C libraries never share a cell, whatever anybody wishes.
    private func checkForeign(_ manifest: Manifest) throws(PluginRefusal) {
        guard manifest.foreign ?? false else { return }
        let wishes = manifest.functions.map { function in
            function.isolation == .thread
                || settings.functions.contains {
                    $0.key.plugin == manifest.plugin && $0.key.function == function.name
                        && $0.value.isolation == .thread
                }
        }
        if wishes.contains(true) || settings.plugins[manifest.plugin]?.isolation == .thread {
            throw PluginRefusal(
                kind: "foreignNeedsCell",
                message:
                    "plugin '\(manifest.plugin)' calls a C library, which runs only in a cell of "
                    + "its own: take `isolation: thread` out of roost.yaml, or of its signature file"
            )
        }
    }

    /// One image serves all functions of a plugin, so one that needs a cell of its own takes all.
    private func isProcess(_ manifest: Manifest) -> Bool {
        manifest.functions.contains { function in
            let own = settings.functions.first {
                $0.key.plugin == manifest.plugin && $0.key.function == function.name
            }?.value
            let wanted = own?.isolation ?? settings.plugins[manifest.plugin]?.isolation
            return (wanted ?? function.isolation) == .process
        }
    }

    private func merge(
        _ manifest: FunctionManifest,
        _ name: FunctionName,
        _ index: Int
    ) -> FunctionDefinition {
        let plugin = settings.plugins[name.plugin] ?? FunctionSettings()
        let own = settings.functions[name] ?? FunctionSettings()
        let (quota, origins) = limits(manifest, name, plugin, own)
        var declared = manifest
        declared.public = own.isPublic ?? plugin.isPublic ?? manifest.public
        var definition = FunctionDefinition(
            name: name,
            index: index,
            manifest: declared,
            quota: quota,
            triggers: own.triggers ?? manifest.triggers ?? [],
            isolation: own.isolation ?? plugin.isolation ?? manifest.isolation ?? .thread,
            onCrash: own.onCrash ?? plugin.onCrash ?? manifest.onCrash ?? .backoff,
            configuration: plugin.configuration.merging(own.configuration) { $1 }
        )
        definition.limitOrigins = origins
        for declared in [manifest.delivery, plugin.delivery, own.delivery] {
            definition.delivery = declared?.applied(to: definition.delivery) ?? definition.delivery
        }
        definition.isEnabled = own.isEnabled ?? plugin.isEnabled ?? true
        return definition
    }

    /// The limits in force, layer upon layer, and who has set which.
    private func limits(
        _ manifest: FunctionManifest,
        _ name: FunctionName,
        _ plugin: FunctionSettings,
        _ own: FunctionSettings
    ) -> (Quota, [String: LimitOrigin]) {
        var quota = Quota()
        quota.concurrency = defaultConcurrency
        var origins: [String: LimitOrigin] = [:]
        func lay(_ overrides: QuotaOverrides?, _ origin: LimitOrigin, lowerOnly: Bool) {
            guard let overrides else { return }
            let before = quota
            quota = quota.applying(overrides, lowerOnly: lowerOnly)
            for key in LimitKey.differences(before, quota) { origins[key] = origin }
        }
        lay(manifest.limits, .plugin, lowerOnly: false)
        lay(plugin.limits, .file, lowerOnly: false)
        lay(own.limits, .file, lowerOnly: false)
        lay(settings.ceilings, .ceiling, lowerOnly: true)
        lay(settings.lowered.plugins[name.plugin], .operatorsWord, lowerOnly: true)
        lay(settings.lowered.functions[name], .operatorsWord, lowerOnly: true)
        return (quota, origins)
    }
}
