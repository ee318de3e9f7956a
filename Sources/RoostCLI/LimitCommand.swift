public import ArgumentParser
internal import FunctionModel

/// Lowers limits of a function while its host runs.
public struct LimitCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Lower limits of a function or a plugin, or give them back.",
        discussion: """
            Limits are written as in roost.yaml: `roost limit shop.buy timeout=1s concurrency=4`. \
            They hold at once, fail no call, and outlive the host; `timeout=default` gives one back \
            to what roost.yaml and the plugin say. What is higher than that is refused.
            """
    )

    @Argument(help: "The function's full or short name; with --plugin, the plugin's.")
    var name: String

    @Argument(help: "One or more limits, such as memory=64MiB.")
    var limits: [String] = []

    @Flag(help: "Lower them for all functions of a plugin.")
    var plugin = false

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Checks what can be checked without a host.
    public func validate() throws { _ = try words() }

    /// Asks and prints.
    public func run() async throws {
        let target: LimitTarget = plugin ? .plugin(name) : .function(name)
        let functions = try await host.client().lower(try words(), of: target)
        if output.json {
            try Console.print(json: ["functions": functions])
        } else {
            Console.print(functions.map(FunctionsCommand.show).joined(separator: "\n"))
        }
    }

    private func words() throws -> [String: String?] {
        guard !limits.isEmpty else {
            throw ValidationError("name at least one limit, such as timeout=1s")
        }
        var words: [String: String?] = [:]
        for limit in limits {
            guard let sign = limit.firstIndex(of: "="), sign > limit.startIndex else {
                throw ValidationError("'\(limit)' is no limit: write it as timeout=1s")
            }
            let value = String(limit[limit.index(after: sign)...])
            words[String(limit[..<sign])] = .some(value == "default" ? nil : value)
        }
        return words
    }
}
