public import ArgumentParser
internal import FunctionModel

/// Shows watched directories and what became of each file, and has files handled once more.
public struct FilesCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "List watched directories; show what became of each file.",
        subcommands: [Show.self, Reprocess.self],
        defaultSubcommand: Show.self
    )

    /// Takes its values from the command line.
    public init() {}

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List watched directories, or with a function's name its files."
        )

        @Argument(help: "The function, by its full or short name.")
        var name: String?

        @Option(
            help: ArgumentHelp(
                "Only those that are pending, queued, done, failed, leaving or ignored.",
                valueName: "state"
            )
        )
        var state: String?

        @Option(help: ArgumentHelp("Where an earlier list ended.", valueName: "place"))
        var after: String?

        @Option(help: ArgumentHelp("How many at most (1 to 1000).", valueName: "count"))
        var limit = 100

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let name else {
                let watches = try await host.client().watches()
                if output.json { return try Console.print(json: watches) }
                return Console.print(FilesCommand.render(watches))
            }
            let page = try await host.client().files(
                of: name,
                state: state,
                after: after,
                limit: limit
            )
            if output.json { return try Console.print(json: page) }
            Console.print(FilesCommand.render(page))
        }
    }

    struct Reprocess: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have files handled once more, and let a stopped watch go on.",
            discussion: "Without a file, a watch that was stopped goes on, and no more."
        )

        @Argument(help: "The function, by its full or short name.")
        var name: String

        @Argument(help: "The file's path below the watched directory.")
        var path: String?

        @Option(
            help: ArgumentHelp(
                "The path's bytes in hexadecimal, as --json shows them where they aren't text.",
                valueName: "digits"
            )
        )
        var rawPath: String?

        @Flag(help: "All files that are there.")
        var all = false

        @OptionGroup var host: HostOptions

        func validate() throws {
            guard [path != nil, rawPath != nil, all].count(where: { $0 }) < 2 else {
                throw ValidationError("give one of a file's path, --raw-path and --all")
            }
        }

        func run() async throws {
            let choice = FileChoice(path: path, rawPath: rawPath, all: all ? true : nil)
            let count = try await host.client().reprocess(choice, of: name)
            let isChosen = path != nil || rawPath != nil || all
            Console.print(isChosen ? "\(count) to be handled once more\n" : "It goes on.\n")
        }
    }

    static func render(_ watches: [WatchView]) -> String {
        guard !watches.isEmpty else { return "No directory is watched.\n" }
        var table = TextTable(
            "FUNCTION",
            "DIRECTORY",
            "MODE",
            "WAITING#",
            "QUEUED#",
            "DONE#",
            "FAILED#"
        )
        for watch in watches {
            let waiting = watch.files["pending", default: 0] + watch.settling
            table.add(
                watch.function.description,
                watch.directory.inOneLine,
                watch.mode,
                "\(waiting)",
                "\(watch.files["queued", default: 0])",
                "\(watch.files["done", default: 0])",
                "\(watch.files["failed", default: 0])"
            )
        }
        let reasons = watches.compactMap { watch in
            watch.reason.map { "\(watch.function) is \(watch.mode): \($0.forTerminal)\n" }
        }
        let warnings = Set(watches.flatMap { $0.warnings ?? [] }).sorted()
        return table.text + reasons.joined() + warnings.map { "\($0.forTerminal)\n" }.joined()
    }

    static func render(_ page: FilePage) -> String {
        guard !page.files.isEmpty else { return "No files.\n" }
        var table = TextTable("FOUND", "STATE", "EVENT", "SIZE#", "PATH", "NOTE")
        for file in page.files {
            table.add(
                InvocationsCommand.time(file.found),
                file.state,
                file.kind,
                file.isPresent ? "\(file.size)" : "–",
                file.path.inOneLine,
                file.note?.inOneLine ?? ""
            )
        }
        return table.text + (page.next.map { "There are more: --after \($0)\n" } ?? "")
    }
}
