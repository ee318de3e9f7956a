internal import ArgumentParser
internal import RoostCLI

/// The command `roost`.
@main
struct Roost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "A self-hosted function host: drop a .so into a directory and it answers HTTP.",
        version: HostVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Host", subcommands: [ServeCommand.self])
        ]
    )
}
