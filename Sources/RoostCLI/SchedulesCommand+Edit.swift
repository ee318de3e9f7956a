internal import ArgumentParser
internal import FunctionModel

extension SchedulesCommand {
    /// Changes a schedule while the host runs.
    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a schedule, or give back what is declared.",
            discussion: """
                Written as in roost.yaml: `roost schedules edit nightly expression='0 7 * * *' \
                overlap=queue`. It holds at once, fires nothing, and outlives the host; \
                `overlap=default` gives one back to what roost.yaml and the code say, and no words \
                at all give everything back, also of a schedule that isn't in force any more.
                """
        )

        @Argument(help: "The schedule.")
        var name: String

        @Argument(help: "What is to hold, such as timeZone=Europe/Vienna.")
        var changes: [String] = []

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { _ = try Self.words(changes) }

        func run() async throws {
            let view = try await host.client().edit(name, try Self.words(changes))
            if output.json { return try Console.print(json: view) }
            guard let view else {
                let what = changes.isEmpty ? "all that was changed of it" : "what you name"
                return Console.print("'\(name)' isn't in force; \(what) is given back.\n")
            }
            Console.print(SchedulesCommand.render([view]))
        }

        static func words(_ changes: [String]) throws -> [String: String?] {
            guard !changes.isEmpty else {
                let keys = ScheduleEdit.Key.allCases.map { ($0.rawValue, String?.none) }
                return Dictionary(uniqueKeysWithValues: keys)
            }
            var words: [String: String?] = [:]
            for change in changes {
                guard let sign = change.firstIndex(of: "="), sign > change.startIndex else {
                    throw ValidationError(
                        "'\(change)' changes nothing: write it as overlap=queue"
                    )
                }
                let value = String(change[change.index(after: sign)...])
                words[String(change[..<sign])] = .some(value == "default" ? nil : value)
            }
            return words
        }
    }
}
