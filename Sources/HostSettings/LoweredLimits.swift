public import FunctionModel

/// Limits that operators have lowered while the host ran, below what `roost.yaml` and plugins say.
///
/// Kept as a file of the same form as `roost.yaml`, so that it can be read and mended like it.
public struct LoweredLimits: Hashable, Sendable {
    /// What the file is called, for problems in it.
    public static let fileName = "limits.yaml"

    /// Of all functions of plugins, by name.
    public internal(set) var plugins: [String: QuotaOverrides] = [:]
    /// Of functions, by full name.
    public internal(set) var functions: [FunctionName: QuotaOverrides] = [:]

    /// Lowers nothing.
    public init() {}

    init(plugins: [String: QuotaOverrides], functions: [FunctionName: QuotaOverrides]) {
        self.plugins = plugins
        self.functions = functions
    }

    /// Reads the file's text.
    ///
    /// - Throws: `InvalidSettings` with every problem there is.
    public init(text: String) throws(InvalidSettings) {
        var reader = SettingsFileReader(name: Self.fileName)
        self = reader.readLowered(text)
        guard reader.problems.isEmpty else { throw InvalidSettings(problems: reader.problems) }
    }

    /// The file's text.
    public var text: String {
        var text = "# Written by the admin API: limits that operators have lowered.\n"
        let sections = [
            ("plugins", plugins),
            ("functions", Dictionary(functions.map { ($0.description, $1) }) { $1 }),
        ]
        for (title, entries) in sections where !entries.isEmpty {
            text += "\(title):\n"
            for (name, limits) in entries.sorted(by: { $0.key < $1.key }) {
                text += "  \"\(name)\":\n    limits: { \(Self.words(limits)) }\n"
            }
        }
        return text
    }

    private static func words(_ limits: QuotaOverrides) -> String {
        LimitKey.allCases.compactMap { key in
            limits[keyPath: key.path].map { "\(key.rawValue): \(key.unit.write($0))" }
        }.joined(separator: ", ")
    }

    /// Changes limits of one function, or with `function` being `nil` of all of a plugin's.
    ///
    /// - Parameters:
    ///   - words: Limits by their names, written as in `roost.yaml`; `nil` gives one back.
    ///   - plugin: The plugin.
    ///   - function: The function's name within it.
    ///   - without: What is in force for the functions concerned without any lowered limits.
    /// - Throws: `HostOperationError` when a limit is unknown, makes no sense or isn't lower.
    public mutating func change(
        _ words: [String: String?],
        plugin: String,
        function: FunctionName?,
        without: [Quota]
    ) throws(HostOperationError) {
        var limits =
            function.map { functions[$0] ?? QuotaOverrides() } ?? plugins[plugin]
            ?? QuotaOverrides()
        for (name, text) in words.sorted(by: { $0.key < $1.key }) {
            let key = try Self.key(name)
            limits[keyPath: key.path] = try text.map { (text) throws(HostOperationError) in
                try Self.number(text, key, without)
            }
        }
        let entry = limits == QuotaOverrides() ? nil : limits
        if let function { functions[function] = entry } else { plugins[plugin] = entry }
    }

    /// Takes over what another value says of one function, or of a plugin.
    public mutating func take(
        from other: LoweredLimits,
        plugin: String,
        function: FunctionName?
    ) {
        if let function {
            functions[function] = other.functions[function]
        } else {
            plugins[plugin] = other.plugins[plugin]
        }
    }

    private static func key(_ name: String) throws(HostOperationError) -> LimitKey {
        if let key = LimitKey(rawValue: name) { return key }
        let names = LimitKey.allCases.map(\.rawValue)
        let meant = Nearest.match(name, among: names).map { "did you mean '\($0)'?" }
        let cure = meant ?? "known are \(names.joined(separator: ", "))"
        throw HostOperationError(.invalid, "There is no limit '\(name)'; \(cure)")
    }

    private static func number(
        _ text: String,
        _ key: LimitKey,
        _ without: [Quota]
    ) throws(HostOperationError) -> Int {
        switch key.value(of: text) {
        case .failure(let problem): throw HostOperationError(.invalid, problem.message)
        case .success(let number):
            let now = without.map { QuotaOverrides($0)[keyPath: key.path] }
            // One without a limit is lowered by any.
            guard now.contains(where: { $0.map { number < $0 } ?? true }) else {
                let most = now.compactMap { $0 }.max() ?? 0
                throw HostOperationError(
                    .invalid,
                    "\(key.rawValue) '\(text)' is no lower than the \(key.unit.write(most)) that "
                        + "hold without it; a higher limit is for roost.yaml to allow"
                )
            }
            return number
        }
    }
}
