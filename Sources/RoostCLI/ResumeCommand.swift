public import ArgumentParser
internal import FunctionModel

/// Lets a plugin run again that was kept from it after crashes.
public struct ResumeCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a plugin run again that crashed too often.",
        discussion: """
            Ends its back-off, brings it back from a cell of its own and out of quarantine, as if it \
            had never crashed. `roost plugins` shows where each stands.
            """
    )

    @Argument(help: "The plugin's name.")
    var plugin: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        let view = try await client.resume(plugin: plugin)
        if output.json {
            try Console.print(json: view)
        } else {
            Console.print("\(plugin) runs again")
        }
    }
}
