internal import FunctionDispatch
internal import FunctionModel
internal import HostSettings

/// Lowering limits while the host runs.
extension HostDesk {
    func lower(_ limits: [String: String?], of target: LimitTarget) async throws -> [FunctionView] {
        let plugin: String
        var function: FunctionName?
        switch target {
        case .plugin(let name): plugin = name
        case .function(let name):
            let resolved = try resolve(name)
            (plugin, function) = (resolved.plugin, resolved)
        }
        await limitChanges.enter()
        defer { limitChanges.leave() }
        guard let version = dispatcher.version(of: plugin) else {
            throw HostOperationError(
                .notFound,
                "No plugin '\(plugin)' is served here; `roost plugins` lists those that are."
            )
        }
        try refuseSharedLimits(limits, of: function, version)
        let before = try settings.lower(limits, of: version, function: function)
        if let refusal = await dispatcher.reconfigure(plugin: plugin) {
            try settings.restore(before, plugin: plugin, function: function)
            throw refusal
        }
        return dispatcher.functions().filter {
            $0.name.plugin == plugin && (function == nil || $0.name == function)
        }
    }

    /// A worker serves all functions of its plugin, so what is a worker's can't be one function's.
    private func refuseSharedLimits(
        _ limits: [String: String?],
        of function: FunctionName?,
        _ version: PluginVersion
    ) throws {
        let count = version.manifest.functions.count
        guard let function, count > 1 else { return }
        for name in ["cpuShare", "startTimeout", "idleTime"] where limits[name] != nil {
            throw HostOperationError(
                .invalid,
                "'\(name)' is a limit of workers, and a worker serves all \(count) functions of "
                    + "'\(function.plugin)': lower it for the plugin, with `roost limit --plugin "
                    + "\(function.plugin)` or PATCH /v1/plugins/\(function.plugin)/limits."
            )
        }
    }
}
