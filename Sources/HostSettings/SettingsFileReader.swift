internal import FunctionModel
internal import Yams

/// Reads the settings file, and notes every problem with its place.
struct SettingsFileReader {
    /// The largest file.
    static let maximumBytes = 1 << 20

    var nodes: NodeReader
    /// Where the schedules of a function stand that is being read.
    var schedulePlaces: [SchedulePlaces] = []

    init(name: String) { nodes = NodeReader(file: name) }

    /// What was found to be wrong.
    var problems: [SettingsProblem] { nodes.problems }

    /// Reads the text: plain settings are returned, the rest goes into `settings`.
    mutating func read(_ text: String, into settings: inout Settings) -> [PlainSetting: FileValue] {
        guard text.utf8.count <= Self.maximumBytes else {
            nodes.note(at: nil, "the file is larger than \(Self.maximumBytes) bytes")
            return [:]
        }
        guard let root = nodes.parse(text) else { return [:] }
        let plain = PlainSetting.allCases.filter(\.isFileKey)
        let keys = plain.map(\.rawValue) + ["limits", "plugins", "functions"]
        let sections = nodes.section(root, "the file", keys: keys)
        var values: [PlainSetting: FileValue] = [:]
        for setting in plain {
            guard let node = sections[setting.rawValue],
                let text = nodes.text(node, setting.rawValue)
            else { continue }
            values[setting] = FileValue(place: nodes.place(node), text: text)
        }
        if let node = sections["limits"] { settings.ceilings = limits(node, below: nil) }
        let (ofPlugins, ofFunctions) = (FunctionKey.ofPlugins, FunctionKey.ofFunctions)
        if let node = sections["plugins"] { readPlugins(node, ofPlugins, &settings) }
        if let node = sections["functions"] { readFunctions(node, ofFunctions, &settings) }
        return values
    }

    /// Reads limits that operators have lowered: the sections `plugins` and `functions`, in which
    /// nothing but limits stands.
    mutating func readLowered(_ text: String) -> LoweredLimits {
        var settings = Settings()
        guard text.utf8.count <= Self.maximumBytes, let root = nodes.parse(text) else {
            return LoweredLimits()
        }
        let sections = nodes.section(root, "the file", keys: ["plugins", "functions"])
        if let node = sections["plugins"] { readPlugins(node, [.limits], &settings) }
        if let node = sections["functions"] { readFunctions(node, [.limits], &settings) }
        return LoweredLimits(
            plugins: settings.plugins.mapValues(\.limits),
            functions: settings.functions.mapValues(\.limits)
        )
    }

    private mutating func readPlugins(
        _ node: Node,
        _ keys: [FunctionKey],
        _ settings: inout Settings
    ) {
        for (key, value) in nodes.pairs(node, "plugins") {
            guard let name = nodes.text(key, "a plugin's name") else { continue }
            do {
                settings.plugins[try FunctionName.checked(name)] = function(
                    value,
                    "plugin '\(name)'",
                    keys,
                    settings.ceilings
                )
            } catch { nodes.note(at: key, "\(error)") }
        }
    }

    private mutating func readFunctions(
        _ node: Node,
        _ keys: [FunctionKey],
        _ settings: inout Settings
    ) {
        for (key, value) in nodes.pairs(node, "functions") {
            guard let text = nodes.text(key, "a function's name") else { continue }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            guard parts.count == 2 else {
                nodes.note(
                    at: key,
                    "'\(text)' is not a full name: write plugin.function, such as shop.checkout"
                )
                continue
            }
            do {
                let name = try FunctionName(plugin: parts[0], function: parts[1])
                settings.functions[name] = function(
                    value,
                    "function '\(name)'",
                    keys,
                    settings.ceilings
                )
            } catch { nodes.note(at: key, "\(error)") }
        }
    }
}
