public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Lists what was given up, shows one, queues it again or removes it.
public struct DeadLettersCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List queued invocations that were given up; show, redrive or purge them.",
        subcommands: [List.self, Show.self, Redrive.self, Purge.self],
        defaultSubcommand: List.self
    )

    /// Takes its values from the command line.
    public init() {}

    /// Which dead letters.
    struct Choice: ParsableArguments {
        @Argument(help: "The ids of dead letters.")
        var ids: [String] = []

        @Option(help: ArgumentHelp("All those of this function.", valueName: "name"))
        var function: String?

        @Flag(help: "All of them.")
        var all = false

        func choice(perSecond: Double? = nil) throws -> DeadLetterChoice {
            let given = [!ids.isEmpty, function != nil, all].count { $0 }
            guard given == 1 else {
                throw CommandFailure(.usage, "give ids, or --function NAME, or --all")
            }
            let ids = try ids.map { text in
                guard let id = InvocationID(text) else {
                    throw CommandFailure(
                        .usage,
                        "'\(text)' is not an invocation id: it has 32 hexadecimal digits"
                    )
                }
                return id
            }
            return DeadLetterChoice(
                ids: ids.isEmpty ? nil : ids,
                function: function,
                all: all ? true : nil,
                perSecond: perSecond
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List dead letters, the oldest first."
        )

        @Option(help: ArgumentHelp("Only those of this function.", valueName: "name"))
        var function: String?

        @Option(help: ArgumentHelp("Where an earlier list ended.", valueName: "place"))
        var after: String?

        @Option(help: ArgumentHelp("How many at most (1 to 1000).", valueName: "count"))
        var limit = 100

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let page = try await host.client().deadLetters(
                function: function,
                after: after,
                limit: limit
            )
            if output.json { return try Console.print(json: page) }
            Console.print(DeadLettersCommand.render(page))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a dead letter with its payload and last error."
        )

        @Argument(help: "Its id.")
        var id: String

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let letter = try await host.client().deadLetter(id)
            if output.json { return try Console.print(json: letter) }
            Console.print(DeadLettersCommand.show(letter))
        }
    }

    struct Redrive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue dead letters again, with further attempts."
        )

        @OptionGroup var choice: Choice

        @Option(help: ArgumentHelp("How many are started in a second.", valueName: "count"))
        var rate: Double?

        @OptionGroup var host: HostOptions

        func run() async throws {
            let count = try await host.client().redrive(choice.choice(perSecond: rate))
            Console.print("\(count) queued again\n")
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove dead letters for good."
        )

        @OptionGroup var choice: Choice
        @OptionGroup var host: HostOptions

        func run() async throws {
            let count = try await host.client().purge(choice.choice())
            Console.print("\(count) removed\n")
        }
    }

    static func render(_ page: DeadLetterPage) -> String {
        guard !page.deadLetters.isEmpty else { return "No dead letters.\n" }
        var table = TextTable("ENDED", "FUNCTION", "REASON", "ATTEMPTS#", "ERROR", "ID")
        for letter in page.deadLetters {
            table.add(
                InvocationsCommand.time(letter.ended),
                letter.function.description,
                letter.reason.rawValue,
                "\(letter.attempts)",
                letter.error?.kind.forTerminal ?? "–",
                letter.id.description
            )
        }
        return table.text + (page.next.map { "There are more: --after \($0)\n" } ?? "")
    }

    static func show(_ letter: DeadLetterView) -> String {
        var text = render(DeadLetterPage([letter]))
        if let error = letter.error {
            text += "\(error.kind.forTerminal): \(error.message.forTerminal)\n"
        }
        if let payload = letter.payload, !payload.isEmpty { text += payload.forTerminal + "\n" }
        if let payload = letter.payloadBase64 { text += "base64: \(payload)\n" }
        return text
    }
}
