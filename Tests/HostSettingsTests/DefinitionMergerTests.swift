import FunctionModel
import HostSettings
import Testing

@Suite struct DefinitionMergerTests {
    private func version(_ change: (inout FunctionManifest) -> Void = { _ in }) -> PluginVersion {
        var function = FunctionManifest(name: "buy")
        change(&function)
        return PluginVersion(
            contentHash: "00",
            manifest: Manifest(
                plugin: "shop",
                functions: [function, FunctionManifest(name: "look")]
            ),
            entrySymbol: "roost_plugin",
            imagePath: "/nowhere",
            loadedSize: .kibibytes(1)
        )
    }

    private func merge(
        _ version: PluginVersion,
        _ text: String
    ) throws -> [FunctionDefinition] {
        let settings = try SettingsReader(flags: [:], environment: [:])
            .settings(file: SettingsReader.File(text: text))
        return try DefinitionMerger(settings: settings, defaultConcurrency: 8)
            .definitions(of: version)
    }

    @Test func withoutSettingsTheManifestHolds() throws {
        let declared = version {
            $0.limits = QuotaOverrides()
            $0.limits?.timeoutMilliseconds = 5_000
            $0.onCrash = .restart
        }
        let definitions = try merge(declared, "")
        #expect(definitions.map(\.name.description) == ["shop.buy", "shop.look"])
        #expect(definitions.map(\.index) == [0, 1])
        #expect(definitions[0].quota.timeout == .seconds(5))
        #expect(definitions[0].onCrash == .restart)
        #expect(definitions[1].quota.timeout == .seconds(30))
        #expect(definitions[1].quota.concurrency == 8)
        #expect(definitions[1].onCrash == .backoff)
    }

    @Test func destinationsOfTheManifestHoldWhereNobodyElseNamesOne() throws {
        let declared = version {
            $0.delivery = DeliveryDeclaration()
            $0.delivery?.maximumAttempts = 5
            $0.delivery?.onSuccess = "function:shop.look"
            $0.delivery?.onFailure = "file:failed.jsonl"
        }
        let own = try merge(declared, "")[0].delivery
        #expect(own.maximumAttempts == 5)
        #expect(own.onSuccess == .function(try FunctionName("shop.look")))
        #expect(own.onFailure == .file("failed.jsonl"))
        let text = "functions: { shop.buy: { delivery: { onFailure: 'event:failed' } } }"
        let replaced = try merge(declared, text)[0].delivery
        #expect(replaced.onSuccess == own.onSuccess)
        #expect(replaced.onFailure == .event(type: "failed"))
    }

    @Test func theFunctionsWordGoesBeforeThePlugins() throws {
        let definitions = try merge(
            version(),
            """
            plugins:
              shop:
                limits: { timeout: 2s, memory: 32MiB }
                configuration: { a: "1", b: "1" }
            functions:
              shop.buy:
                limits: { timeout: 1s }
                configuration: { b: "2" }
            """
        )
        #expect(definitions[0].quota.timeout == .seconds(1))
        #expect(definitions[1].quota.timeout == .seconds(2))
        #expect(definitions.allSatisfy { $0.quota.memory == .mebibytes(32) })
        #expect(definitions[0].configuration == ["a": "1", "b": "2"])
        #expect(definitions[1].configuration == ["a": "1", "b": "1"])
    }

    @Test func ceilingsLowerWhatPluginsWishButRaiseNothing() throws {
        let declared = version {
            $0.limits = QuotaOverrides()
            $0.limits?.timeoutMilliseconds = 600_000
        }
        let definitions = try merge(declared, "limits: { timeout: 60s, concurrency: 100 }")
        #expect(definitions[0].quota.timeout == .seconds(60))
        #expect(definitions[1].quota.timeout == .seconds(30))
        #expect(definitions[1].quota.concurrency == 8)
    }

    @Test func triggersAreReplacedAndFunctionsSwitchedOff() throws {
        let definitions = try merge(
            version(),
            """
            functions:
              shop.buy: { triggers: [ http: GET /b ] }
              shop.look: { enabled: false, public: true }
            """
        )
        #expect(definitions[0].triggers.first?.http?.path == "/b")
        #expect(definitions[0].isEnabled)
        #expect(!definitions[1].isEnabled)
        #expect(definitions[1].manifest.public == true)
    }

    @Test func oneFunctionInAProcessTakesThePluginAlong() throws {
        let definitions = try merge(version(), "functions: { shop.look: { isolation: process } }")
        #expect(definitions.allSatisfy { $0.isolation == .process })
    }

    @Test func strangersAreNamedWithWhatWasMeant() throws {
        let settings = try SettingsReader(flags: [:], environment: [:]).settings(
            file: SettingsReader.File(
                text: "functions: { shop.by: {}, store.x: {}, shop.buy: {} }\nplugins: { shp: {} }"
            )
        )
        let strangers = settings.strangers(in: version())
        #expect(strangers.count == 1)
        #expect(strangers.first?.contains("did you mean 'shop.buy'") == true)
        let absent = settings.strangers(among: ["shop"])
        #expect(absent.count == 2)
        #expect(absent.first?.contains("did you mean 'shop'") == true)
        #expect(absent.last?.contains("no plugin 'store'") == true)
    }

    @Test func badManifestsAreRefused() {
        #expect(throws: PluginRefusal.self) { try merge(version { $0.name = "Buy" }, "") }
    }
}
