import FunctionModel
import HostSettings
import Testing

@Suite struct PermissionSettingsTests {
    private let wish = Permissions(read: ["/srv/data"], write: ["/srv/out"], network: true)

    private func settings(_ text: String) throws -> Settings {
        try SettingsReader(flags: [:], environment: [:])
            .settings(file: SettingsReader.File(text: text))
    }

    private func definitions(_ text: String) throws -> [FunctionDefinition] {
        var manifest = Manifest(plugin: "shop", functions: [FunctionManifest(name: "buy")])
        manifest.permissions = wish
        let version = PluginVersion(
            contentHash: "00",
            manifest: manifest,
            entrySymbol: "roost_plugin",
            imagePath: "/nowhere",
            loadedSize: .kibibytes(1)
        )
        return try DefinitionMerger(settings: settings(text), defaultConcurrency: 8)
            .definitions(of: version)
    }

    @Test func thatAgreeAreInForceInACellOfItsOwn() throws {
        // As the refusal says it; a wider word doesn't give more than was asked for.
        for text in [wish.yaml, "{ read: /srv, write: [/srv], network: true, subprocesses: true }"]
        {
            let definition = try #require(
                try definitions(
                    "plugins:\n  shop:\n    isolation: thread\n    permissions: \(text)\n"
                )
                .first
            )
            #expect(definition.permissions == wish)
            #expect(definition.isolation == .process)
        }
    }

    @Test(arguments: [
        "", "plugins: { shop: { permissions: { read: [/srv/data], network: true } } }",
    ])
    func thatDoNotAgreeRefuseWithTheLineToWrite(text: String) throws {
        let refusal = try #require(throws: PluginRefusal.self) { try definitions(text) }
        #expect(refusal.kind == "permissionsNotGranted")
        #expect(refusal.message.contains("`permissions: \(wish.yaml)`"), "\(refusal.message)")
        #expect(refusal.message.contains("under `plugins: shop:`"), "\(refusal.message)")
    }

    @Test(arguments: [
        ("plugins: { shop: { permissions: { reed: [/a] } } }", "did you mean 'read'?"),
        ("plugins: { shop: { permissions: { read: [a] } } }", "has to start with"),
        ("plugins: { shop: { permissions: { network: perhaps } } }", "true or false"),
        ("functions: { shop.buy: { permissions: { network: true } } }", "no setting 'permissions'"),
        ("plugins: { shop: { limits: { cpuShare: 50 } } }", "such as 50%"),
        ("cellMemory: 1MiB", "at least 64MiB"), ("strictLimits: maybe", "true or false"),
    ])
    func thatAreWrongSayWhereAndWhat(text: String, words: String) throws {
        let problems = try #require(throws: InvalidSettings.self) { try settings(text) }
        #expect("\(problems)".contains(words), "\(problems)")
        #expect("\(problems)".contains("roost.yaml:1:"), "\(problems)")
    }

    @Test func shareOfTheProcessorIsRead() throws {
        let settings = try settings("plugins: { shop: { limits: { cpuShare: 150% } } }")
        #expect(settings.plugins["shop"]?.limits.cpuPercent == 150)
    }
}
