public import ArgumentParser
internal import FunctionModel

/// Serves an earlier version of a plugin again.
public struct RollbackCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Serve an earlier version of a plugin again."
    )

    @Argument(help: "The plugin's name.")
    var plugin: String

    @Option(
        help: ArgumentHelp(
            "The version's content hash or its beginning (default: the one before).",
            valueName: "hash"
        )
    )
    var to: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        let view = try await withProgress("rolling back \(plugin)") {
            try await client.rollback(plugin: plugin, to: to)
        }
        if output.json {
            try Console.print(json: view)
        } else {
            Console.print("\(plugin) serves version \(Wording.hash(view.version)) again")
        }
    }
}
