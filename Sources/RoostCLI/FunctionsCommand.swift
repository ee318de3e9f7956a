public import ArgumentParser
internal import FunctionModel

/// Lists the functions of a host.
public struct FunctionsCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "functions",
        abstract: "List the functions that are served."
    )

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let functions = try await host.client().functions()
        if output.json {
            try Console.print(json: ["functions": functions])
        } else {
            Console.print(Self.render(functions))
        }
    }

    static func render(_ functions: [FunctionView]) -> String {
        guard !functions.isEmpty else {
            return "No functions yet: deploy a plugin with `roost deploy FILE.so`.\n"
        }
        var table = TextTable(
            "FUNCTION",
            "STATE",
            "TRIGGERS",
            "WORKERS#",
            "QUEUE#",
            "CALLS#",
            "FAULTS#",
            "AVERAGE#"
        )
        for function in functions {
            let calls = function.counts.values.reduce(0, +)
            table.add(
                function.name.description,
                function.state.rawValue,
                function.triggers.isEmpty
                    ? "by name" : function.triggers.map(describe).joined(separator: ", "),
                "\(function.workersRunning)/\(function.workersRunning + function.workersIdle)",
                "\(function.queueDepth)",
                "\(calls)",
                "\(calls - (function.counts[Outcome.succeeded.rawValue] ?? 0))",
                Wording.duration(function.averageRunSeconds)
            )
        }
        return table.text
    }

    static func describe(_ trigger: TriggerDeclaration) -> String {
        if let http = trigger.http { return "\(http.method) \(http.path)" }
        if let cron = trigger.cron { return "cron \(cron.expression)" }
        if let files = trigger.files { return "files \(files.directory)" }
        return "internal"
    }
}
