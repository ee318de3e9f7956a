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
        items += try await Self.warnings(of: host.client())
        if output.json {
            try Console.print(json: ["checks": items])
        } else {
            Console.print(Self.render(items))
        }
    }

    /// What a running host warns of: names in the settings that fit nothing, and watches that take
    /// files from each other; nothing when no host runs.
    private static func warnings(of client: AdminClient) async throws -> [CheckItem] {
        do {
            let names = try await client.about().warnings
            let shared = Set(try await client.watches().flatMap { $0.warnings ?? [] }).sorted()
            return [("unknown-names", names), ("shared-files", shared)].compactMap { name, words in
                guard !words.isEmpty else { return nil }
                let detail = words.joined(separator: "; ")
                return CheckItem(name: name, state: .partial, detail: detail)
            }
        } catch let failure as CommandFailure where failure.code == .unreachable {
            return []
        }
    }

    static func render(_ items: [CheckItem]) -> String {
        var table = TextTable("WHAT", "STATE", "BY, OR WHAT IS MISSING")
        for item in items { table.add(item.name, item.state.rawValue, item.detail.forTerminal) }
        return table.text
    }
}
