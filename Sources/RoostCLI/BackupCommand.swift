public import ArgumentParser
internal import Foundation

/// Copies the store of a running host.
public struct BackupCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a consistent copy of a running host's store to a file.",
        discussion: """
            The copy holds queue, results, dead letters and records. To restore, stop the host and \
            put the file in the place of HOME/roost.sqlite, with no roost.sqlite-wal beside it. A host that is asked over the \
            network refuses: the file is written on its machine.
            """
    )

    @Argument(help: "Where to write; an existing file is replaced once the copy is whole.")
    var file: String

    @OptionGroup var host: HostOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let path = URL(filePath: file).standardizedFileURL.path
        try await host.client().backup(to: path)
        Console.print("\(path)\n")
    }
}
