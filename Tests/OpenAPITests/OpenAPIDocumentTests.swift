import ForeignSignatures
import FunctionModel
import Testing

@testable import OpenAPI

struct OpenAPIDocumentTests {
    /// A function with triggers.
    static func function(
        _ name: String,
        triggers: [TriggerDeclaration] = [],
        _ change: (inout FunctionDefinition) -> Void = { _ in }
    ) throws -> FunctionDefinition {
        let full = try FunctionName(name)
        var definition = FunctionDefinition(
            name: full,
            index: 0,
            manifest: FunctionManifest(name: full.function),
            quota: Quota(),
            triggers: triggers,
            isolation: .thread,
            onCrash: .backoff,
            configuration: ["secret": "hidden"]
        )
        change(&definition)
        return definition
    }

    static func route(_ method: String, _ path: String) -> TriggerDeclaration {
        var trigger = TriggerDeclaration()
        trigger.http = HTTPTriggerDeclaration(method: method, path: path)
        return trigger
    }

    static func plugin(
        _ name: String,
        _ functions: [FunctionDefinition],
        signatures: String? = nil,
        hash: String = "0123"
    ) throws -> ServedPlugin {
        var manifest = Manifest(plugin: name, functions: functions.map(\.manifest))
        manifest.foreign = signatures == nil ? nil : true
        return ServedPlugin(
            version: PluginVersion(
                contentHash: hash,
                manifest: manifest,
                entrySymbol: "e",
                imagePath: "/x",
                loadedSize: .kibibytes(1)
            ),
            functions: functions,
            signatures: try signatures.map { try SignatureFile(json: Array($0.utf8), name: name) }
        )
    }

    static func document(
        _ plugins: ServedPlugin...,
        admin: String? = "http://127.0.0.1:8081"
    ) -> JSONValue {
        OpenAPIDocument(plugins: plugins, functions: "http://127.0.0.1:8080", admin: admin).json
    }

    static func paths(_ document: JSONValue) -> [String] {
        guard case .object(let members)? = document["paths"] else { return [] }
        return members.map(\.name)
    }

    static func methods(_ document: JSONValue, _ path: String) -> [String] {
        guard case .object(let members)? = document["paths"]?[path] else { return [] }
        return members.map(\.name)
    }

    static func text(_ document: JSONValue) -> String {
        String(decoding: document.document, as: UTF8.self)
    }

    @Test func functionsWithoutTriggersAnswerByName() throws {
        let document = Self.document(try Self.plugin("shop", [Self.function("shop.mail")]))
        #expect(
            Self.paths(document) == ["/functions/shop.mail", "/invocations", "/invocations/{id}"]
        )
        let post = document["paths"]?["/functions/shop.mail"]?["post"]
        #expect(post?["operationId"] == "shop.mail")
        #expect(post?["tags"] == ["shop"])
        #expect(post?["responses"]?["422"] == ["$ref": "#/components/responses/KeyReused"])
        #expect(document["components"]?["securitySchemes"] == nil)
    }

    @Test func routesHaveTheirMethodsAndParameters() throws {
        let triggers = [
            Self.route("GET", "/orders/{id}"), Self.route("ANY", "/all/{rest*}"),
            Self.route("PURGE", "/odd"),
        ]
        let document = Self.document(
            try Self.plugin("shop", [Self.function("shop.order", triggers: triggers)])
        )
        #expect(Self.methods(document, "/orders/{id}") == ["get"])
        #expect(
            Self.methods(document, "/all/{rest}") == ["get", "post", "put", "patch", "delete"]
        )
        #expect(document["paths"]?["/odd"] == nil, "OpenAPI knows no such method")
        let get = document["paths"]?["/orders/{id}"]?["get"]
        guard case .list(let parameters)? = get?["parameters"] else {
            Issue.record("there are no parameters")
            return
        }
        #expect(parameters.first?["name"] == "id")
        #expect(parameters.first?["in"] == "path")
        #expect(get?["requestBody"] == nil)
        #expect(get?["responses"]?["409"] == nil, "a GET has no key")
    }

    /// To OpenAPI `/a/{x}` and `/a/{y}` are one path.
    @Test func templatesThatDifferInNamesOnlyAreOnePath() throws {
        let document = Self.document(
            try Self.plugin(
                "shop",
                [
                    Self.function("shop.one", triggers: [Self.route("GET", "/a/{x}")]),
                    Self.function("shop.two", triggers: [Self.route("POST", "/a/{y}")]),
                    Self.function("shop.zero", triggers: [Self.route("GET", "/a/{rest*}")]),
                ]
            )
        )
        #expect(document["paths"]?["/a/{y}"] == nil)
        #expect(Self.methods(document, "/a/{x}") == ["get", "post"])
        let post = document["paths"]?["/a/{x}"]?["post"]
        #expect(post?["operationId"] == "shop.two.route1.post")
        guard case .list(let parameters)? = post?["parameters"] else { return }
        #expect(parameters.first?["name"] == "x")
    }

    @Test func functionsForOperatorsStandAtTheAdminAPI() throws {
        var cron = TriggerDeclaration()
        cron.cron = CronTriggerDeclaration(expression: "@hourly")
        let plugin = try Self.plugin("shop", [Self.function("shop.nightly", triggers: [cron])])
        let document = Self.document(plugin)
        let post = document["paths"]?["/v1/functions/shop.nightly/invoke"]?["post"]
        #expect(post?["security"] == [["adminToken": []]])
        #expect(Self.text(document).contains("the schedule `@hourly`"))
        #expect(document["components"]?["securitySchemes"]?["adminToken"]?["scheme"] == "bearer")
        let alone = Self.document(plugin, admin: nil)
        #expect(Self.paths(alone) == ["/invocations", "/invocations/{id}"])
        #expect(Self.text(alone).contains("Not callable over HTTP: shop.nightly."))
    }

    @Test func showsNeitherSettingsNorWhatIsSwitchedOff() throws {
        let document = Self.document(
            try Self.plugin(
                "shop",
                [
                    Self.function("shop.mail"),
                    Self.function("shop.off") { $0.isEnabled = false },
                ]
            )
        )
        let text = Self.text(document)
        #expect(!text.contains("hidden"))
        #expect(!text.contains("shop.off"))
    }

    @Test func limitsAreDescriptions() throws {
        let document = Self.document(
            try Self.plugin(
                "shop",
                [
                    Self.function("shop.mail") { function in
                        function.manifest.summary = "Sends mail"
                        function.manifest.idempotent = true
                        function.quota.timeout = .milliseconds(1_500)
                        function.quota.ratePerMinute = 90
                    }
                ]
            )
        )
        let post = document["paths"]?["/functions/shop.mail"]?["post"]
        #expect(post?["summary"] == "Sends mail")
        guard case .text(let words)? = post?["description"] else { return }
        #expect(words.hasPrefix("Sends mail.\n\nLimits: 1.5 s, 6291456 bytes of request, "))
        #expect(words.contains("90 calls in a minute. Running it twice does no harm."))
    }

    @Test func theVersionChangesWithAPlugins() throws {
        let one = Self.document(try Self.plugin("shop", [], hash: "1"))
        let two = Self.document(try Self.plugin("shop", [], hash: "2"))
        #expect(one["info"]?["version"] != two["info"]?["version"])
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = Self.document(
            try Self.plugin("c", [Self.function("c.f")], signatures: ForeignSchemasTests.everything)
        )
        var found = 0
        func visit(_ value: JSONValue) {
            switch value {
            case .list(let elements): elements.forEach(visit)
            case .object(let members):
                for member in members {
                    if member.name == "$ref", case .text(let path) = member.value {
                        found += 1
                        let steps = path.dropFirst(2).split(separator: "/").map(String.init)
                        let target = steps.reduce(document as JSONValue?) { $0?[$1] }
                        #expect(target != nil && target != .null, "\(path) leads nowhere")
                    }
                    visit(member.value)
                }
            default: break
            }
        }
        visit(document)
        #expect(found > 50)
    }
}
