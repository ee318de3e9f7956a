extension Manifest {
    /// The most functions of one plugin.
    public static let maximumFunctions = 256

    /// Returns the manifest when everything in it keeps to the rules.
    ///
    /// - Throws: `PluginRefusal` of the kind `badManifest`, with the place and the reason in words.
    public func validated() throws(PluginRefusal) -> Manifest {
        do { _ = try FunctionName.checked(plugin) } catch {
            throw .badManifest("the plugin's name: \(error)")
        }
        guard plugin != FunctionName.host else {
            throw .badManifest("the plugin's name '\(plugin)' is the host's own; choose another")
        }
        let place = "plugin '\(plugin)'"
        try Self.check(version, "the version of \(place)", bytes: 128)
        try Self.check(summary, "the summary of \(place)", bytes: 1_024)
        guard !functions.isEmpty else { throw .badManifest("\(place) declares no function") }
        guard functions.count <= Self.maximumFunctions else {
            throw .badManifest(
                "\(place) declares \(functions.count) functions; \(Self.maximumFunctions) are allowed"
            )
        }
        if let problem = permissions?.problem { throw .badManifest("\(place): \(problem)") }
        var names: Set<String> = []
        for (position, function) in functions.enumerated() {
            do { _ = try FunctionName.checked(function.name) } catch {
                throw .badManifest(
                    "the name of function number \(position + 1) of \(place): \(error)"
                )
            }
            guard names.insert(function.name).inserted else {
                throw .badManifest("\(place) declares the function '\(function.name)' twice")
            }
            try function.validate(in: "function '\(function.name)' of \(place)")
        }
        for function in functions { try validateSequence(of: function, names, place) }
        try validateRoutes(place)
        return self
    }

    static func check(_ text: String?, _ place: String, bytes: Int) throws(PluginRefusal) {
        guard let text, text.utf8.count > bytes else { return }
        throw .badManifest("\(place) is longer than \(bytes) bytes")
    }

    /// Two functions of one plugin can't take the same method of the same path.
    private func validateRoutes(_ place: String) throws(PluginRefusal) {
        var owners: [RouteKey: String] = [:]
        for function in functions {
            for route in (function.triggers ?? []).compactMap(\.http) {
                guard let key = RouteKey(route) else { continue }
                if let owner = owners.updateValue(function.name, forKey: key) {
                    throw .badManifest(
                        "\(place) declares the route \(route.method) \(route.path) twice, "
                            + "in '\(owner)' and '\(function.name)'"
                    )
                }
            }
        }
    }

    private struct RouteKey: Hashable {
        let method: String
        let shape: [RoutePattern.Segment]

        init?(_ route: HTTPTriggerDeclaration) {
            do { shape = try RoutePattern(route.path).shape } catch { return nil }
            method = route.method
        }
    }
}

extension PluginRefusal {
    /// Refuses what a plugin declares.
    public static func badManifest(_ message: String) -> PluginRefusal {
        PluginRefusal(kind: "badManifest", message: message)
    }
}

extension FunctionManifest {
    fileprivate func validate(in place: String) throws(PluginRefusal) {
        try Manifest.check(summary, "the summary of \(place)", bytes: 1_024)
        let triggers = triggers ?? []
        guard triggers.count <= 32 else {
            throw .badManifest("\(place) has \(triggers.count) triggers; 32 are allowed")
        }
        for (position, trigger) in triggers.enumerated() {
            try trigger.validate(in: "trigger number \(position + 1) of \(place)")
        }
        if let problem = limits?.problem { throw .badManifest("\(place): \(problem)") }
        if let problem = delivery?.problem { throw .badManifest("\(place): \(problem)") }
    }
}
