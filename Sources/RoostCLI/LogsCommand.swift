public import ArgumentParser
internal import FunctionModel

/// Prints the host's log.
public struct LogsCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the latest lines of the host and its functions; -f goes on."
    )

    @Flag(name: [.short, .customLong("follow")], help: "Go on printing lines as they come.")
    var follow = false

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: "How many of the latest lines (1 to 10000)."
    )
    var lines = 100

    @Option(help: ArgumentHelp("Only lines of this function.", valueName: "name"))
    var function: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        if follow {
            try await client.followLogs(latest: lines) { show($0) }
        } else {
            for event in try await client.recentLogs(limit: lines) { show(event) }
        }
    }

    private func show(_ event: LogEvent) {
        if let function {
            guard event.function?.description == function || event.function?.function == function
            else { return }
        }
        // One line each, so that a follower can cut it.
        Console.print(output.json ? event.json : Self.render(event))
    }

    static func render(_ event: LogEvent) -> String {
        var line = "\(InvocationsCommand.time(event.time)) \(event.level.forTerminal) "
        line += event.function?.description ?? event.source
        if let invocation = event.invocation { line += " [\(invocation.description.prefix(8))]" }
        line += ": \(event.message.forTerminal)"
        for (name, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
            line += " \(name.forTerminal)=\(value.forTerminal)"
        }
        return line
    }
}
