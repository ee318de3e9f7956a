public import ArgumentParser
internal import FunctionModel

/// Tells what this machine can enforce.
public struct CheckCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell which limits and walls this machine can enforce, and what it lacks.",
        discussion: "Reads the settings of --home too, and asks the host there if one runs."
    )

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        guard let work = RoostTool.work else {
            throw CommandFailure(.failed, "this program can't check the machine")
        }
        let home = host.home
        var items = try await withProgress("checking this machine") {
            try await work.check(home: home)
        }
        if let row = try await Self.unknownNames(host.client()) { items.append(row) }
        if output.json {
            try Console.print(json: ["checks": items])
        } else {
            Console.print(Self.render(items))
        }
    }

    /// The names in the settings that fit nothing that a running host serves; `nil` when there are
    /// none, or no host runs.
    private static func unknownNames(_ client: AdminClient) async throws -> CheckItem? {
        do {
            let warnings = try await client.about().warnings
            guard !warnings.isEmpty else { return nil }
            let detail = warnings.joined(separator: "; ")
            return CheckItem(name: "unknown-names", state: .partial, detail: detail)
        } catch let failure as CommandFailure where failure.code == .unreachable {
            return nil
        }
    }

    static func render(_ items: [CheckItem]) -> String {
        var table = TextTable("WHAT", "STATE", "BY, OR WHAT IS MISSING")
        for item in items { table.add(item.name, item.state.rawValue, item.detail.forTerminal) }
        return table.text
    }
}
