internal import FunctionModel

/// All that is served at one moment: functions by name and by route.
///
/// A value; the dispatcher swaps one for the next in a single step.
struct RoutingTable: Sendable {
    private(set) var functions: [FunctionName: FunctionEntry] = [:]
    private(set) var plugins: [String: [FunctionEntry]] = [:]
    private var shortNames: [String: [FunctionName]] = [:]
    private var trie = RouteTrie.empty

    /// Returns the table with a plugin's functions, in place of those it had before.
    ///
    /// - Throws: `PluginRefusal` when another plugin has one of its routes.
    func replacing(
        plugin: String,
        with entries: [FunctionEntry]
    ) throws(PluginRefusal) -> RoutingTable {
        var table = removing(plugin: plugin)
        for entry in entries where entry.definition.isEnabled {
            table.functions[entry.name] = entry
            table.shortNames[entry.name.function, default: []].append(entry.name)
            for declared in entry.definition.triggers.compactMap(\.http) {
                try table.add(declared, of: entry)
            }
        }
        table.plugins[plugin] = entries
        return table
    }

    /// Returns the table without a plugin.
    func removing(plugin: String) -> RoutingTable {
        guard let entries = plugins[plugin] else { return self }
        var table = self
        table.plugins[plugin] = nil
        for entry in entries where entry.definition.isEnabled {
            table.functions[entry.name] = nil
            let others = table.shortNames[entry.name.function]?.filter { $0 != entry.name } ?? []
            table.shortNames[entry.name.function] = others.isEmpty ? nil : others
            for declared in entry.definition.triggers.compactMap(\.http) {
                table.drop(declared, of: plugin)
            }
        }
        return table
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

    private mutating func add(
        _ declared: HTTPTriggerDeclaration,
        of entry: FunctionEntry
    ) throws(PluginRefusal) {
        let pattern: RoutePattern
        do { pattern = try RoutePattern(declared.path) } catch {
            throw .badManifest("function '\(entry.name)': \(error)")
        }
        let present = trie.end(of: pattern.segments[...])?.routes ?? []
        if let other = present.first(where: { Self.clash($0, declared, entry) }) {
            throw PluginRefusal(
                kind: "routeTaken",
                message: "function '\(entry.name)' declares the route \(declared.method) "
                    + "\(declared.path), but '\(other.entry.name)' serves \(other.method) "
                    + "\(other.pattern) already; change one of them, or its triggers in roost.yaml"
            )
        }
        let route = Route(method: declared.method, pattern: pattern, entry: entry)
        trie = trie.changing(pattern.segments[...]) { RouteEnd(($0?.routes ?? []) + [route]) }
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
        trie = trie.changing(pattern.segments[...]) { end in
            RouteEnd((end?.routes ?? []).filter { $0.entry.name.plugin != plugin })
        }
    }
}
