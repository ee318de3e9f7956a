public import FunctionModel

extension Settings {
    /// Everything in the settings that fits nothing that is there, in sentences.
    public func warnings(about plugins: [PluginView]) -> [String] {
        let served = plugins.filter { $0.version != nil }
        let known = Set(plugins.compactMap(\.plugin)).sorted()
        return served.flatMap { strangers(in: $0.plugin ?? "", $0.functions.map(\.function)) }
            + strangers(among: known)
    }

    /// The same for the functions of one version.
    public func strangers(in version: PluginVersion) -> [String] {
        strangers(in: version.manifest.plugin, version.manifest.functions.map(\.name))
    }

    /// The names under `functions` that belong to this plugin but to none of its functions, each in
    /// a sentence: most likely somebody mistyped one.
    public func strangers(in plugin: String, _ known: [String]) -> [String] {
        functions.keys.filter { $0.plugin == plugin && !known.contains($0.function) }.sorted()
            .map { name in
                let meant = Nearest.match(name.function, among: known)
                let cure = meant.map { "; did you mean '\(name.plugin).\($0)'?" } ?? ""
                return "roost.yaml names a function '\(name)' that the plugin doesn't have\(cure)"
            }
    }

    /// The names under `functions` and `plugins` that belong to no plugin of these, each in a
    /// sentence: mistyped, or a plugin that is yet to come.
    public func strangers(among known: [String]) -> [String] {
        func sentence(_ what: String, _ name: String, _ plugin: String) -> String {
            let meant = Nearest.match(plugin, among: known).map { "; did you mean '\($0)'?" } ?? ""
            return "roost.yaml names \(what) '\(name)', but no plugin '\(plugin)' is there\(meant)"
        }
        let ofPlugins = plugins.keys.filter { !known.contains($0) }.sorted()
            .map { sentence("a plugin", $0, $0) }
        let ofFunctions = functions.keys.filter { !known.contains($0.plugin) }.sorted()
            .map { sentence("a function", $0.description, $0.plugin) }
        return ofPlugins + ofFunctions
    }
}
