internal import FunctionModel

/// All that is served at one moment: functions by name and by route.
///
/// The dispatcher keeps the only copy and changes it in place under its lock, a plugin at a time and
/// all of that plugin in one step.
struct RoutingTable: Sendable {
    private(set) var functions: [FunctionName: FunctionEntry] = [:]
    private(set) var plugins: [String: [FunctionEntry]] = [:]
    private var shortNames: [String: [FunctionName]] = [:]
    private var trie = RouteTrie()

    /// Puts a plugin's functions in place of those it had before.
    ///
    /// - Throws: `PluginRefusal` when another plugin has one of its routes; nothing has changed then.
    mutating func replace(
        plugin: String,
        with entries: [FunctionEntry]
    ) throws(PluginRefusal) {
        let routes = try routes(of: entries, in: plugin)
        remove(plugin: plugin)
        for entry in entries where entry.definition.isEnabled {
            functions[entry.name] = entry
            shortNames[entry.name.function, default: []].append(entry.name)
        }
        for route in routes {
            trie.change(route.pattern.segments[...]) { RouteEnd(($0?.routes ?? []) + [route]) }
        }
        plugins[plugin] = entries
    }

    /// Finds out whether a plugin's functions could be put in place.
    ///
    /// - Throws: `PluginRefusal` when another plugin has one of its routes.
    func check(plugin: String, with entries: [FunctionEntry]) throws(PluginRefusal) {
        _ = try routes(of: entries, in: plugin)
    }

    /// Takes a plugin's functions away.
    mutating func remove(plugin: String) {
        for entry in plugins.removeValue(forKey: plugin) ?? [] where entry.definition.isEnabled {
            functions[entry.name] = nil
            let others = shortNames[entry.name.function]?.filter { $0 != entry.name } ?? []
            shortNames[entry.name.function] = others.isEmpty ? nil : others
            for declared in entry.definition.triggers.compactMap(\.http) {
                drop(declared, of: plugin)
            }
        }
    }

    /// The functions that want to hear of events, ordered by name.
    var subscribers: [FunctionEntry] {
        plugins.values.joined().filter { entry in
            entry.definition.isEnabled && entry.definition.triggers.contains { $0.event != nil }
        }.sorted { $0.name < $1.name }
    }

    /// The functions that are served and may run, ordered by name.
    var enabled: [FunctionEntry] {
        plugins.values.joined().filter(\.definition.isEnabled).sorted { $0.name < $1.name }
    }

    /// Resolves a full name, or a short one that is unique.
    func resolve(_ name: some StringProtocol) -> FunctionEntry? {
        if let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) {
            let after = name.utf8.index(after: dot)
            guard let full = Self.name(String(name[..<dot]), String(name[after...])) else {
                return nil
            }
            return functions[full]
        }
        guard let candidates = shortNames[String(name)], candidates.count == 1 else { return nil }
        return candidates.first.flatMap { functions[$0] }
    }

    /// Finds the function for a request line.
    func route(method: String, path: String) -> RouteMatch {
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        let rest = path[path.utf8.index(after: path.startIndex)...]
        if rest.utf8.starts(with: "functions/".utf8) { return routeByName(rest) }
        var search = RouteSearch(method: method)
        guard let route = trie.match(rest, &search) else {
            return search.allowed.isEmpty ? .notFound : .wrongMethod(allowed: search.allowed)
        }
        var parameters: [Field] = []
        parameters.reserveCapacity(search.values.count)
        for (name, value) in zip(route.parameters, search.values) {
            guard let decoded = value.percentDecoded else { return .notFound }
            parameters.append(Field(name, decoded))
        }
        return .function(route.entry.routed(parameters: parameters, allowed: search.allowed))
    }

    private func routeByName(_ rest: Substring) -> RouteMatch {
        let name = rest[rest.utf8.index(rest.startIndex, offsetBy: "functions/".utf8.count)...]
        guard let entry = resolve(name), entry.isCallableByName else { return .notFound }
        return .function(entry.routed(parameters: [], allowed: RouteEnd.any))
    }

    private static func name(_ plugin: String, _ function: String) -> FunctionName? {
        do { return try FunctionName(plugin: plugin, function: function) } catch { return nil }
    }

    /// The routes that a plugin's functions declare, none of which is taken.
    private func routes(
        of entries: [FunctionEntry],
        in plugin: String
    ) throws(PluginRefusal) -> [Route] {
        var routes: [Route] = []
        var own = RouteTrie()
        for entry in entries where entry.definition.isEnabled {
            for declared in entry.definition.triggers.compactMap(\.http) {
                let pattern = try Self.pattern(of: declared, entry)
                let path = pattern.segments[...]
                let others = trie.end(of: path)?.routes.filter { $0.entry.name.plugin != plugin }
                let present = (others ?? []) + (own.end(of: path)?.routes ?? [])
                if let other = present.first(where: { Self.clash($0, declared, entry) }) {
                    throw Self.taken(declared, entry, other)
                }
                let route = Route(method: declared.method, pattern: pattern, entry: entry)
                own.change(path) { RouteEnd(($0?.routes ?? []) + [route]) }
                routes.append(route)
            }
        }
        return routes
    }

    private static func pattern(
        of declared: HTTPTriggerDeclaration,
        _ entry: FunctionEntry
    ) throws(PluginRefusal) -> RoutePattern {
        do { return try RoutePattern(declared.path) } catch {
            throw .badManifest("function '\(entry.name)': \(error)")
        }
    }

    private static func taken(
        _ declared: HTTPTriggerDeclaration,
        _ entry: FunctionEntry,
        _ other: Route
    ) -> PluginRefusal {
        PluginRefusal(
            kind: "routeTaken",
            message: "function '\(entry.name)' declares the route \(declared.method) "
                + "\(declared.path), but '\(other.entry.name)' serves \(other.method) "
                + "\(other.pattern) already; change one of them, or its triggers in roost.yaml"
        )
    }

    /// Within a plugin `ANY` may stand beside a method of its own; between plugins it takes all.
    private static func clash(
        _ other: Route,
        _ declared: HTTPTriggerDeclaration,
        _ entry: FunctionEntry
    ) -> Bool {
        if other.method == declared.method { return true }
        return other.entry.name.plugin != entry.name.plugin
            && (other.method == "ANY" || declared.method == "ANY")
    }

    private mutating func drop(_ declared: HTTPTriggerDeclaration, of plugin: String) {
        let pattern: RoutePattern
        do { pattern = try RoutePattern(declared.path) } catch { return }
        trie.change(pattern.segments[...]) { end in
            RouteEnd((end?.routes ?? []).filter { $0.entry.name.plugin != plugin })
        }
    }
}
