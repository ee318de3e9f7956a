public import ArgumentParser
internal import FunctionModel

/// Shows schedules and what became of their ticks, switches them, and runs them by hand.
public struct SchedulesCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "List schedules; show what is next and what became of each tick.",
        subcommands: [
            List.self, Next.self, Ticks.self, Edit.self, Enable.self, Disable.self, Run.self,
        ],
        defaultSubcommand: List.self
    )

    /// Takes its values from the command line.
    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all schedules.")

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let views = try await host.client().schedules()
            if output.json { return try Console.print(json: views) }
            Console.print(SchedulesCommand.render(views))
        }
    }

    struct Ticks: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what became of a schedule's ticks, the latest first."
        )

        @Argument(help: "The schedule.")
        var name: String

        @Option(help: ArgumentHelp("Only those before this instant.", valueName: "instant"))
        var before: String?

        @Option(help: ArgumentHelp("How many at most (1 to 1000).", valueName: "count"))
        var limit = 20

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let views = try await host.client().ticks(of: name, before: before, limit: limit)
            if output.json { return try Console.print(json: views) }
            Console.print(SchedulesCommand.render(views))
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switch a schedule on; what was due while it was off never runs."
        )

        @Argument(help: "The schedule.")
        var name: String

        @OptionGroup var host: HostOptions

        func run() async throws {
            Console.print(SchedulesCommand.render([try await host.client().turn(name, on: true)]))
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switch a schedule off, until it is switched on again."
        )

        @Argument(help: "The schedule.")
        var name: String

        @OptionGroup var host: HostOptions

        func run() async throws {
            Console.print(SchedulesCommand.render([try await host.client().turn(name, on: false)]))
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a schedule's function now, beside its ticks."
        )

        @Argument(help: "The schedule.")
        var name: String

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let tick = try await host.client().runSchedule(name)
            if output.json { return try Console.print(json: tick) }
            Console.print(tick.invocation?.description ?? tick.id)
        }
    }

    static func render(_ views: [ScheduleView]) -> String {
        guard !views.isEmpty else { return "No schedules.\n" }
        var table = TextTable("SCHEDULE", "WHEN", "ZONE", "NEXT", "OVERLAP", "CATCH-UP", "MISSED#")
        for view in views {
            table.add(
                view.name,
                view.schedule.expression.inOneLine + (view.edited == nil ? "" : " (edited)"),
                view.timeZone,
                view.enabled ? view.next ?? later(view) : "switched off",
                view.schedule.overlap ?? "",
                view.schedule.catchUp ?? "",
                String(view.missed)
            )
        }
        return table.text
    }

    /// What to say of a schedule that names no further instant.
    private static func later(_ view: ScheduleView) -> String {
        view.schedule.expression.lowercased().hasPrefix("@reboot") ? "at the next start" : "ended"
    }

    static func render(_ views: [TickView]) -> String {
        guard !views.isEmpty else { return "No ticks yet.\n" }
        var table = TextTable("TICK", "FATE", "DECIDED", "STATE", "INVOCATION")
        for view in views {
            let first = view.since.map { "\($0) … \(view.instant) (\(view.count))" }
            table.add(
                (first ?? view.instant) + (view.manual ? " by hand" : ""),
                view.fate.rawValue,
                view.decided,
                view.state ?? "–",
                view.invocation?.description ?? "–"
            )
        }
        return table.text
    }
}
