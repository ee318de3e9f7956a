import FunctionModel
import HostSettings
import Testing

@Suite("Limits that operators lower")
struct LoweredLimitsTests {
    private let buy: FunctionName

    init() throws { buy = try FunctionName(plugin: "shop", function: "buy") }

    private func base(_ change: (inout Quota) -> Void = { _ in }) -> [Quota] {
        var quota = Quota()
        quota.concurrency = 8
        change(&quota)
        return [quota]
    }

    private func lowered(_ words: [String: String?]) throws -> LoweredLimits {
        var limits = LoweredLimits()
        try limits.change(words, plugin: "shop", function: buy, without: base())
        return limits
    }

    @Test func comeBackFromTheirFile() throws {
        var limits = try lowered([
            "timeout": "1s", "memory": "64MiB", "cpu": "1500ms", "rate": "100/s", "burst": "5",
            "errorRate": "50%", "cpuShare": "150%", "queueLength": "0", "requestSize": "100B",
        ])
        try limits.change(["idleTime": "1s"], plugin: "shop", function: nil, without: base())
        #expect(try LoweredLimits(text: limits.text) == limits, "\(limits.text)")
        #expect(try LoweredLimits(text: LoweredLimits().text) == LoweredLimits())
    }

    @Test func areGivenBackOneByOne() throws {
        var limits = try lowered(["timeout": "1s", "memory": "64MiB"])
        try limits.change(["timeout": nil], plugin: "shop", function: buy, without: base())
        #expect(limits.functions[buy]?.timeoutMilliseconds == nil)
        #expect(limits.functions[buy]?.memoryBytes == 64 << 20)
        try limits.change(["memory": nil], plugin: "shop", function: buy, without: base())
        #expect(limits == LoweredLimits())
    }

    @Test(arguments: [
        ("timeout", "2h", "no lower than the 30s"), ("timeout", "30s", "no lower"),
        ("timeout", "soon", "a time such as"), ("memory", "1KiB", "has to be from"),
        ("tiemout", "1s", "did you mean 'timeout'"), ("concurrency", "9", "no lower than the 8"),
    ])
    func areRefusedWithASentence(name: String, word: String, sentence: String) throws {
        var limits = LoweredLimits()
        let error = try #require(throws: HostOperationError.self) {
            try limits.change([name: word], plugin: "shop", function: buy, without: base())
        }
        #expect(error.kind == .invalid)
        #expect(error.message.contains(sentence), "\(error.message)")
        #expect(limits == LoweredLimits(), "nothing has changed")
    }

    @Test(arguments: [
        ("functions: { shop.buy: { limits: { timeuot: 1s } } }", "limits.yaml:1"),
        ("functions: { shop.buy: { isolation: process } }", "isolation"),
        ("listen: 127.0.0.1:1", "listen"), ("functions: [", "limits.yaml"),
    ])
    func fileWithAMistakeIsRefused(text: String, names: String) throws {
        let problems = try #require(throws: InvalidSettings.self) {
            try LoweredLimits(text: text)
        }
        #expect("\(problems)".contains(names), "\(problems)")
    }

    @Test func lieOverAllOthersAndSayWhoSetWhat() throws {
        var function = FunctionManifest(name: "buy")
        function.limits = QuotaOverrides()
        function.limits?.queueLength = 10
        let version = PluginVersion(
            contentHash: "00",
            manifest: Manifest(plugin: "shop", functions: [function]),
            entrySymbol: "roost_plugin",
            imagePath: "/nowhere",
            loadedSize: .kibibytes(1)
        )
        let text = """
            limits: { requestSize: 1MiB }
            plugins: { shop: { limits: { timeout: 2s, idleTime: 5s } } }
            """
        var settings = try SettingsReader(flags: [:], environment: [:])
            .settings(file: SettingsReader.File(text: text))
        settings.lowered = try lowered(["timeout": "1s", "idleTime": "10s", "memory": "64MiB"])
        let definition = try #require(
            try DefinitionMerger(settings: settings, defaultConcurrency: 8)
                .definitions(of: version).first
        )
        #expect(definition.quota.timeout == .seconds(1))
        #expect(definition.quota.idleTime == .seconds(5), "roost.yaml has come to say less")
        #expect(definition.quota.memory == .mebibytes(64))
        #expect(
            definition.limitOrigins == [
                "timeout": .operatorsWord, "idleTime": .file, "memory": .operatorsWord,
                "queueLength": .plugin, "requestSize": .ceiling,
            ]
        )
    }
}
