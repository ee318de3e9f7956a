public import ArgumentParser
internal import FunctionModel

/// Lists the plugins of a host.
public struct PluginsCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "plugins",
        abstract: "List the plugin files, what is served of them, and why not."
    )

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        let plugins = try await client.plugins()
        if output.json {
            try Console.print(json: ["plugins": plugins])
        } else {
            Console.print(Self.render(plugins, warnings: try await client.about().warnings))
        }
    }

    static func render(_ plugins: [PluginView], warnings: [String] = []) -> String {
        let warnings = warnings.map { "\n\($0.forTerminal)\n" }.joined()
        guard !plugins.isEmpty else {
            return "No plugins yet: deploy one with `roost deploy FILE.so`.\n" + warnings
        }
        var table = TextTable(
            "FILE",
            "PLUGIN",
            "VERSION",
            "STATE",
            "FUNCTIONS#",
            "LOAD#",
            "START#",
            "CELLS"
        )
        for plugin in plugins {
            table.add(
                plugin.file,
                plugin.plugin ?? "–",
                Wording.hash(plugin.version),
                state(plugin),
                "\(plugin.functions.count)",
                Wording.duration(plugin.loadSeconds),
                Wording.duration(plugin.startSeconds),
                plugin.cells.isEmpty ? "–" : plugin.cells.map(String.init).joined(separator: ",")
            )
        }
        return table.text + notes(plugins) + warnings
    }

    private static func state(_ plugin: PluginView) -> String {
        guard plugin.state == .serving else { return plugin.state.rawValue }
        if let standing = plugin.standing, standing.stage != .trusted {
            return standing.stage.rawValue
        }
        return plugin.refusal == nil ? "serving" : "serving (new file refused)"
    }

    /// Why a plugin is not where it should be, and what to do; empty when it is.
    private static func note(_ plugin: PluginView, _ standing: StandingView) -> String {
        let name = plugin.plugin ?? plugin.file
        switch standing.stage {
        case .trusted: return ""
        case .demoted:
            let rest = Wording.duration(standing.restoredInSeconds)
            return "\n\(name) crashed too often and runs in a cell of its own for another \(rest); "
                + "`roost resume \(name)` brings it back now.\n"
        case .quarantined:
            return "\n\(name) kept crashing (\(standing.crashes) times of late) and is not run any "
                + "more; deploy another version, or run `roost resume \(name)`.\n"
        }
    }

    private static func notes(_ plugins: [PluginView]) -> String {
        var notes = ""
        for plugin in plugins {
            if let refusal = plugin.refusal {
                notes += "\n\(plugin.file) was refused: \(refusal.message.forTerminal)\n"
            }
            if let standing = plugin.standing { notes += note(plugin, standing) }
            if let permissions = plugin.permissions {
                notes += "\n\(plugin.file) asked to, and may, \(permissions.words.forTerminal)\n"
            }
            if let left = plugin.left {
                notes +=
                    "\n\(plugin.file): its ended workers have left \(left.words) behind "
                    + "since the host started; a cell gives that back when it ends\n"
            }
            for warning in plugin.warnings { notes += "\n\(plugin.file): \(warning.forTerminal)\n" }
        }
        return notes
    }
}
