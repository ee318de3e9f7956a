public import ArgumentParser
internal import FunctionModel

/// Runs the command line: parses, runs, and says how it ended.
public enum RoostTool {
    /// The version of this build.
    public static let version = "0.1.0"

    /// Every command of this room; the executable adds `serve`.
    public static let commands: [any ParsableCommand.Type] = [
        NewCommand.self, BuildCommand.self, DevCommand.self, InspectCommand.self,
        CheckCommand.self, DeployCommand.self, PluginsCommand.self, FunctionsCommand.self,
        OpenAPICommand.self,
        InvokeCommand.self, InvocationsCommand.self, CancelCommand.self, EmitCommand.self,
        LogsCommand.self, RollbackCommand.self,
        ResumeCommand.self, LimitCommand.self, DeadLettersCommand.self, BackupCommand.self,
        SchedulesCommand.self, FilesCommand.self, BindCommand.self,
    ]

    /// What the commands that need other rooms ask.
    @TaskLocal static var work: (any HostWork)?

    /// Runs one command line to its end, having printed what there is to say.
    ///
    /// - Parameters:
    ///   - root: The command that lists all others.
    ///   - arguments: Without the program's name; `nil` for those of this process.
    ///   - work: What `inspect` and `check` do.
    /// - Returns: The exit code, as `CommandFailure.Code` lists them.
    public static func run(
        _ root: (some ParsableCommand).Type,
        arguments: [String]? = nil,
        work: some HostWork
    ) async -> Int32 {
        await $work.withValue(work) {
            do {
                var command = try root.parseAsRoot(arguments)
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return CommandFailure.Code.succeeded.rawValue
            } catch let failure as CommandFailure {
                if !failure.description.isEmpty { Console.note("roost: \(failure.description)") }
                return failure.code.rawValue
            } catch is CancellationError {
                return CommandFailure.Code.failed.rawValue
            } catch {
                return end(root, error)
            }
        }
    }

    /// What the parser has to say: help, version, a mistake; or an error of the world.
    ///
    /// Whoever says it, a mistake begins with the program's name.
    private static func end(_ root: (some ParsableCommand).Type, _ error: any Error) -> Int32 {
        let code = root.exitCode(for: error)
        let message = root.fullMessage(for: error)
        if code.isSuccess {
            Console.print(message)
            return 0
        }
        guard code == .validationFailure else {
            if !(error is ExitCode) { Console.note("roost: \(error)") }
            return code.rawValue
        }
        let label = "Error: "
        let words = message.hasPrefix(label) ? String(message.dropFirst(label.count)) : message
        Console.note("roost: \(words)")
        return CommandFailure.Code.usage.rawValue
    }
}
