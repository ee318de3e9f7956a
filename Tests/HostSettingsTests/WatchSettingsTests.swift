import FunctionModel
import HostSettings
import Testing

/// Watched directories as the operator writes them, and what a plugin may watch by itself.
@Suite struct WatchSettingsTests {
    private func definition(
        _ text: String = "",
        permissions: Permissions? = nil,
        _ declare: (inout FilesTriggerDeclaration) -> Void = { _ in }
    ) throws -> FunctionDefinition {
        var files = FilesTriggerDeclaration(directory: "inbox")
        declare(&files)
        var trigger = TriggerDeclaration()
        trigger.files = files
        var function = FunctionManifest(name: "take")
        function.triggers = [trigger]
        var manifest = Manifest(plugin: "shop", functions: [function])
        manifest.permissions = permissions
        let version = PluginVersion(
            contentHash: "00",
            manifest: manifest,
            entrySymbol: "roost_plugin",
            imagePath: "/nowhere",
            loadedSize: .kibibytes(1)
        )
        let settings = try SettingsReader(flags: [:], environment: [:])
            .settings(file: SettingsReader.File(text: text))
        return try DefinitionMerger(settings: settings, defaultConcurrency: 8)
            .definitions(of: version)[0]
    }

    private func refusal(
        _ text: String = "",
        _ declare: (inout FilesTriggerDeclaration) -> Void = { _ in }
    ) -> String {
        do {
            _ = try definition(text, declare)
            return "none"
        } catch let refusal as PluginRefusal { return refusal.message } catch { return "\(error)" }
    }

    private func triggers(_ files: String) -> String {
        "functions: { shop.take: { triggers: [{ files: \(files) }] } }"
    }

    @Test func theOperatorMaySayEverythingThatThePluginMay() throws {
        let text = triggers(
            "{ directory: /srv/in, matching: ['*.csv', 'b/*'], recursive: true, kinds: [removed], "
                + "stableFor: 2s, parallelism: 3, order: oldest, afterwards: leave, largest: 1MiB }"
        )
        let files = try #require(try definition(text).triggers.first?.files)
        var wanted = FilesTriggerDeclaration(directory: "/srv/in")
        wanted.matching = ["*.csv", "b/*"]
        wanted.recursive = true
        wanted.kinds = ["removed"]
        wanted.stableForMilliseconds = 2_000
        wanted.parallelism = 3
        wanted.order = "oldest"
        wanted.afterwards = "leave"
        wanted.largestBytes = 1 << 20
        #expect(files == wanted)
    }

    @Test func aPluginWatchesNoDirectoryMerelyByDeclaringIt() throws {
        let message = refusal { $0.directory = "/etc" }
        #expect(message.contains("wants to watch /etc"))
        #expect(message.contains("files: { directory: '/etc' }"))
        #expect(refusal(triggers("/etc")) == "none")
        let granted = "plugins: { shop: { permissions: { read: [/srv] } } }"
        let allowed = try definition(granted, permissions: Permissions(read: ["/srv"])) {
            $0.directory = "/srv/in"
        }
        #expect(allowed.triggers.first?.files?.directory == "/srv/in")
    }

    @Test(arguments: [("in", "in/"), ("/srv/in", "/srv//in")])
    func noFunctionWatchesADirectoryTwice(one: String, other: String) {
        let text =
            "functions: { shop.take: { triggers: [{ files: \(one) }, { files: \(other) }] } }"
        #expect(refusal(text).contains("watches '\(other)' twice"))
    }

    @Test func whetherAHandlerTakesAListIsThePluginsBusiness() throws {
        #expect(refusal(triggers("{ directory: in, batch: 5 }")).contains("one file at a time"))
        let kept = try definition(triggers("in")) { $0.batch = 100 }
        #expect(kept.triggers.first?.files?.batch == 100)
        let smaller = try definition(triggers("{ directory: in, batch: 5 }")) { $0.batch = 100 }
        #expect(smaller.triggers.first?.files?.batch == 5)
    }

    @Test(arguments: [
        ("{ directory: a/../b }", "a step '.' or '..'"),
        ("{ directory: in, kinds: [moved] }", "none of added, changed and removed"),
        ("{ directory: in, order: random }", "none of arrival, name, oldest, newest"),
        ("{ directory: in, afterwards: burn }", "none of leave, delete and move"),
        ("{ directory: in, kinds: [removed], afterwards: delete }", "choose one"),
        ("{ directory: in, parallelism: 0 }", "goes from 1 to 1024"),
        ("{ directory: in, stableFor: soon }", "write such as 500ms"),
        ("{ directory: in, mathcing: a }", "did you mean 'matching'?"),
        ("{ matching: a }", "needs a directory"),
        ("{ directory: in, stableFor: 2h }", "'stableFor' of the trigger goes from 0 to 1h"),
        ("{ directory: in, matching: '[a' }", "'[a' has a '[' that is never closed"),
        ("{ directory: in, matching: '[]' }", "has a '[' that is never closed"),
        ("{ directory: in, matching: 'x{a,b' }", "has a '{' that is never closed; write '\\{'"),
        ("{ directory: in, matching: '{a,{b,c}}' }", "has braces within braces"),
        ("{ directory: in, matching: '*\\' }", "ends with a '\\'"),
        ("{ directory: in, matching: /srv/*.csv }", "begins with '/'"),
        (
            "{ directory: in, matching: '{1,2,3,4,5,6,7,8,9}{1,2,3,4,5,6,7,8}' }",
            "stands for more than 64 names"
        ),
    ])
    func mistakesAreSaidInWords(files: String, words: String) {
        #expect(refusal(triggers(files)).contains(words), "\(refusal(triggers(files)))")
    }
}
