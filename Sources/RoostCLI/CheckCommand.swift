public import ArgumentParser

/// Tells what this machine can enforce.
public struct CheckCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell which limits and walls this machine can enforce, and what it lacks."
    )

    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        guard let work = RoostTool.work else {
            throw CommandFailure(.failed, "this program can't check the machine")
        }
        let items = try await withProgress("checking this machine") { try await work.check() }
        if output.json {
            try Console.print(json: ["checks": items])
        } else {
            Console.print(Self.render(items))
        }
    }

    static func render(_ items: [CheckItem]) -> String {
        var table = TextTable("WHAT", "STATE", "BY, OR WHAT IS MISSING")
        for item in items { table.add(item.name, item.state.rawValue, item.detail) }
        return table.text
    }
}
