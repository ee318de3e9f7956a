internal import ArgumentParser
internal import RoostCLI

#if canImport(Glibc)
internal import Glibc
#endif

/// The program `roost`.
@main
struct Roost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "A self-hosted function host: drop a .so into a directory and it answers HTTP.",
        discussion: CommandFailure.Code.sentence,
        version: RoostTool.version,
        subcommands: [ServeCommand.self] + RoostTool.commands
    )

    static func main() async {
        Glibc.exit(await RoostTool.run(Roost.self, work: LocalWork()))
    }
}
