import FunctionModel
import InvocationStore
import Logging
import Synchronization
import Testing

@testable import TriggerFiles

/// Which watches take files from each other.
struct SharedFilesTests {
    /// A watch in short: `/in *.csv *.tsv`, with `/**` behind a directory that is watched with those
    /// below.
    struct Watch: Sendable {
        var text: String
        var action: String
        var kinds: [String]?

        init(_ text: String, _ action: String = "leave", kinds: [String]? = nil) {
            (self.text, self.action, self.kinds) = (text, action, kinds)
        }

        func declaration() -> FilesTriggerDeclaration {
            let words = text.split(separator: " ").map(String.init)
            let isRecursive = words[0].hasSuffix("/**")
            let directory = isRecursive ? String(words[0].dropLast(3)) : words[0]
            var declaration = FilesTriggerDeclaration(directory: directory)
            declaration.recursive = isRecursive
            declaration.matching = words.count == 1 ? nil : Array(words.dropFirst())
            declaration.afterwards = action
            declaration.kinds = kinds
            return declaration
        }

        func definition(of name: String) throws -> FunctionDefinition {
            var definition = FunctionDefinition.sample(declaration())
            definition.name = try FunctionName("files.\(name)")
            return definition
        }

        func plan(of name: String) throws -> WatchPlan {
            let declaration = declaration()
            return WatchPlan(
                declaration,
                of: try definition(of: name),
                directory: declaration.directory
            )
        }
    }

    @Test(
        arguments: [
            (Watch("/in", "move"), Watch("/in", "delete"), true),
            (Watch("/in", "move"), Watch("/in"), true),
            (Watch("/in"), Watch("/in"), false),
            (Watch("/in", "move"), Watch("/other", "move"), false),
            (Watch("/in", "move"), Watch("/inner", "move"), false),
            (Watch("/in", "move"), Watch("/in/sub", "move"), false),
            (Watch("/in/**", "move"), Watch("/in/sub", "move"), true),
            (Watch("/in/**"), Watch("/in/sub", "delete"), true),
            (Watch("/**", "delete"), Watch("/in/sub"), true),
            // What it moves there is for the other one.
            (Watch("/in/**", "move"), Watch("/in/done", "delete"), false),
            (Watch("/in/**", "delete"), Watch("/in/done", "delete"), true),
            (Watch("/in", "delete"), Watch("/in", kinds: ["removed"]), false),
            (Watch("/in *.csv", "move"), Watch("/in *.jpg", "move"), false),
            (Watch("/in *.csv", "move"), Watch("/in a*", "move"), true),
            (Watch("/in *.{csv,tsv}", "move"), Watch("/in [a-f]?.tsv"), true),
            (Watch("/in [a-f]*", "move"), Watch("/in [!a-f]*"), false),
            (Watch("/in", "move"), Watch("/in .*"), false),
            (Watch("/in", "move"), Watch("/in *~"), false),
            (Watch("/in/** *.csv", "move"), Watch("/in/sub *.csv"), true),
            (Watch("/in/** sub/*.csv", "move"), Watch("/in/sub *.csv"), true),
            (Watch("/in/** other/*.csv", "move"), Watch("/in/sub *.csv"), false),
            (Watch("/in/** other/**/*.csv", "move"), Watch("/in/** **/deep/a.csv"), true),
            (Watch("/in *.csv", "move"), Watch("/in/** sub/*.csv"), false),
        ] as [(Watch, Watch, Bool)]
    )
    func tellsWhoSharesFiles(one: Watch, other: Watch, share: Bool) throws {
        let plans = try [one.plan(of: "one"), other.plan(of: "other")]
        for plans in [plans, plans.reversed()] {
            #expect(SharedFiles(plans).pairs.count == (share ? 1 : 0), "\(one) \(other)")
        }
    }

    @Test func endsInTimeWhateverIsMatched() throws {
        let stars = (0..<64).map { String(repeating: "*a", count: 100) + "\($0 % 10)b" }
        let watch = Watch("/in " + stars.joined(separator: " "), "move")
        let other = Watch("/in " + stars.map { "\($0)c" }.joined(separator: " "), "move")
        let plans = try [watch.plan(of: "one"), other.plan(of: "other")]
        #expect(SharedFiles(plans).pairs.count == 1)
    }

    @Test func isSaidOnceAndShown() async throws {
        let log = Log()
        let now: @Sendable () -> WallTime = { WallTime(seconds: 1_800_000_000) }
        var settings = FilesSettings(home: "/nowhere")
        settings.usesInotify = false
        let trigger = FilesTrigger(
            settings: settings,
            store: Stores.memory(now: now),
            logger: Logger(label: "test") { _ in LogHand(log: log) },
            now: now
        )
        let running = Task { await trigger.run() }
        let one = try Watch("/nowhere/in", "move").definition(of: "one")
        let other = try Watch("/nowhere/in", "delete").definition(of: "other")
        let apart = try Watch("/nowhere/out", "delete").definition(of: "apart")
        let words = "files.one on /nowhere/in and files.other on /nowhere/in are told of the same"
        func said() -> Int { log.lines.withLock { $0.count { $0.contains(words) } } }
        trigger.serve([one, apart])
        #expect(said() == 0)
        trigger.serve([one, other, apart])
        trigger.serve([apart, other, one])
        #expect(said() == 1)
        let warnings = try await trigger.views().map { $0.warnings ?? [] }
        #expect(warnings.map(\.count) == [0, 1, 1])
        #expect(warnings.last?.first?.contains(words) == true)
        trigger.serve([one])
        #expect(try await trigger.views().map(\.warnings) == [nil])
        running.cancel()
        await running.value
    }
}
