public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Lists the latest invocations, or shows one.
public struct InvocationsCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "invocations",
        abstract: "List the latest invocations, or show one with its log and backtrace."
    )

    @Argument(help: "The id of an invocation to show.")
    var id: String?

    @Option(help: ArgumentHelp("Only those of this function.", valueName: "name"))
    var function: String?

    @Option(help: "Only those that ended so: succeeded, failed, crashed, timedOut, …")
    var outcome: String?

    @Option(help: "Only those begun so: http, queue, event, cron, file, call or operator.")
    var trigger: String?

    @Option(
        help: ArgumentHelp("Only those received since: 15m ago, or an instant.", valueName: "when")
    )
    var since: String?

    @Option(help: ArgumentHelp("Only those received before.", valueName: "when"))
    var before: String?

    @Option(help: ArgumentHelp("Where an earlier list ended.", valueName: "place"))
    var after: String?

    @Option(help: ArgumentHelp("How many at most (1 to 1000).", valueName: "count"))
    var limit = 20

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        if let id {
            let view = try await client.invocation(id)
            if output.json { try Console.print(json: view) } else { Console.print(Self.show(view)) }
            return
        }
        var query = InvocationQuery(function: function, limit: limit)
        if let outcome {
            query.outcome = Outcome(rawValue: outcome)
            guard query.outcome != nil else {
                let known = Outcome.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "no outcome is '\(outcome)': use \(known)")
            }
        }
        if let trigger {
            query.trigger = TriggerKind(rawValue: trigger)
            guard query.trigger != nil else {
                let known = TriggerKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "no trigger is '\(trigger)': use \(known)")
            }
        }
        query.since = try Self.time(since, "since")
        query.before = try Self.time(before, "before")
        query.after = after
        let page = try await client.invocations(query)
        if output.json { return try Console.print(json: page) }
        let rest = page.next.map { "There are more: --after \($0)\n" } ?? ""
        Console.print(Self.render(page.invocations) + rest)
    }

    private static func time(_ text: String?, _ name: String) throws -> Double? {
        guard let text else { return nil }
        guard let seconds = WallMoment.pastSeconds(text) else {
            throw CommandFailure(
                .usage,
                "--\(name) is a time ago such as 15m, or an instant such as 2030-01-31T12:00:00Z"
            )
        }
        return seconds
    }

    static func render(_ views: [InvocationView]) -> String {
        guard !views.isEmpty else { return "No invocations.\n" }
        var table = TextTable(
            "RECEIVED",
            "FUNCTION",
            "TRIGGER",
            "OUTCOME",
            "STATUS#",
            "QUEUED#",
            "RUN#",
            "CPU#",
            "ID"
        )
        for view in views {
            table.add(
                time(view.received),
                view.function.description,
                view.trigger.rawValue,
                view.outcome?.rawValue ?? "running",
                view.status.map(String.init) ?? "–",
                Wording.duration(view.usage.queuedSeconds),
                Wording.duration(view.outcome == nil ? nil : view.usage.runSeconds),
                Wording.duration(view.outcome == nil ? nil : view.usage.cpuSeconds),
                view.id.description
            )
        }
        return table.text
    }

    static func show(_ view: InvocationView) -> String {
        var lines = [render([view])]
        if let error = view.error {
            lines.append("\(error.kind.forTerminal): \(error.message.forTerminal)\n")
            for (index, frame) in error.backtrace.enumerated() {
                let place = frame.location ?? "\(frame.image)+0x\(String(frame.offset, radix: 16))"
                let symbol = frame.symbol ?? "?"
                lines.append("  #\(index) \(symbol.forTerminal) at \(place.forTerminal)\n")
            }
        }
        for line in view.log {
            lines.append("\(time(line.time)) \(line.level) \(line.message.forTerminal)\n")
        }
        return lines.joined()
    }

    /// A point in time, in UTC, to the millisecond.
    static func time(_ seconds: Double) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return Date(timeIntervalSince1970: seconds).formatted(style)
    }
}
