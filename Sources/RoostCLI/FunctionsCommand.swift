public import ArgumentParser
internal import FunctionModel

/// Lists the functions of a host.
public struct FunctionsCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "functions",
        abstract: "List the functions that are served, or show one with its limits."
    )

    @Argument(help: "The full or short name of a function to show.")
    var name: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        if let name {
            let function = try await client.function(name)
            if output.json { return try Console.print(json: function) }
            return Console.print(Self.show(function))
        }
        let functions = try await client.functions()
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

    /// One function with its limits, and who has set each.
    static func show(_ function: FunctionView) -> String {
        let limits = function.limits
        func number(_ value: Int?, _ unit: String = "") -> String {
            value.map { "\($0)\(unit)" } ?? "none"
        }
        let rows: [(name: String, value: String)] = [
            ("timeout", Wording.duration(limits.timeoutSeconds)),
            ("cpu", Wording.duration(limits.cpuSeconds)),
            ("memory", Wording.bytes(limits.memoryBytes)),
            ("concurrency", number(limits.concurrency)),
            ("rate", number(limits.ratePerMinute, "/m")),
            ("burst", number(limits.burst)),
            ("errorRate", number(limits.errorPercent, "%")),
            ("cpuShare", number(limits.cpuPercent, "%")),
            ("queueLength", "\(limits.queueLength)"),
            ("queueWait", Wording.duration(limits.queueWaitSeconds)),
            ("requestSize", Wording.bytes(limits.requestBytes)),
            ("responseSize", Wording.bytes(limits.responseBytes)),
            ("logSize", Wording.bytes(limits.logBytes)),
            ("startTimeout", Wording.duration(limits.startSeconds)),
            ("idleTime", Wording.duration(limits.idleSeconds)),
        ]
        var table = TextTable("LIMIT", "VALUE#", "SET BY")
        for row in rows {
            table.add(row.name, row.value, describe(function.limitOrigins[row.name]))
        }
        return """
            \(function.name.description.forTerminal): \(function.state.rawValue), \
            isolation \(function.isolation.rawValue), onCrash \(function.onCrash.rawValue)

            """ + table.text
    }

    private static func describe(_ origin: LimitOrigin?) -> String {
        switch origin {
        case nil: "default"
        case .plugin: "the plugin"
        case .file: "roost.yaml"
        case .ceiling: "roost.yaml, for all functions"
        case .operatorsWord: "roost limit"
        }
    }

    static func describe(_ trigger: TriggerDeclaration) -> String {
        if let http = trigger.http { return "\(http.method) \(http.path)" }
        if let cron = trigger.cron { return "cron \(cron.expression)" }
        if let files = trigger.files { return "files \(files.directory)" }
        if let event = trigger.event { return "event \(event.type)" }
        return "internal"
    }
}
