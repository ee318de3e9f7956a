public import ArgumentParser

/// Ends invocations that wait or run.
public struct CancelCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Keep queued invocations from running, and stop running ones."
    )

    @Argument(help: "The ids of invocations.")
    var ids: [String]

    @OptionGroup var host: HostOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks for each.
    public func run() async throws {
        let client = try host.client()
        for id in ids {
            try await client.cancel(id)
            Console.print("\(id) is cancelled\n")
        }
    }
}
