import Foundation
import Testing

/// The document of a real host, judged by validators that know nothing of Roost.
@Suite("The OpenAPI document", .serialized)
struct OpenAPITests {
    /// Where validators are that `make setup` has fetched; else the system's are taken.
    static let validators = ["PYTHONPATH": ReadmeTests.root.appending(path: ".build/oracles").path]

    private static var calls: String {
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"] ?? "20"
    }

    private static func document(
        of host: RoostProcess,
        in workshop: Workshop
    ) async throws -> String {
        let printed = try await host.command("openapi")
        #expect(printed.status == 0, "\(printed.errors)")
        try workshop.write(printed.output, to: "openapi.json")
        return workshop.directory.appending(path: "openapi.json").path
    }

    private static func judge(
        _ document: String,
        _ arguments: String...
    ) async throws
        -> CommandResult
    {
        let seed = ProcessInfo.processInfo.environment["ROOST_CAMPAIGN_SEED"] ?? "6"
        let script = ReadmeTests.root.appending(path: "Tests/Oracles/openapi.py").path
        return try await run(
            "/usr/bin/env",
            ["python3", script, document, "--calls", calls, "--seed", seed] + arguments,
            environment: validators
        )
    }

    /// What the published schema says of signature files.
    static func validSignatures(_ files: String...) async throws -> CommandResult {
        let root = ReadmeTests.root
        let schema = root.appending(path: "Plugins/CLibraries/functions.schema.json").path
        let script = root.appending(path: "Tests/Oracles/signatures.py").path
        return try await run(
            "/usr/bin/env",
            ["python3", script, schema, "check"] + files,
            environment: validators
        )
    }

    /// Calls that the document allows are taken, others refused, replies are what it says.
    @Test func whatItSaysOfCLibrariesHolds() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let host = try await ForeignTests.start(ForeignTests.all)
        try await workshop.make(
            "/usr/bin/cc",
            [
                "-shared", "-fPIC", "-o", "liblimits.so",
                ForeignTests.libraries.appending(path: "limits.c").path,
            ]
        )
        let signatures = ForeignTests.libraries.appending(path: "limits.functions.json")
        try FileManager.default.copyItem(
            at: signatures,
            to: workshop.directory.appending(path: "limits.functions.json")
        )
        let file = workshop.directory.appending(path: "limits.functions.json").path
        #expect(try await host.command("deploy", file).status == 0)
        let document = try await Self.document(of: host, in: workshop)
        let result = try await Self.judge(document)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.hasPrefix("valid OpenAPI; "), "\(result.output)")
        #expect(await host.stop() == 0)
    }

    @Test func isValidForEveryExampleAndShownToOperatorsOnly() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let host = try await RoostProcess.start(plugins: [
            "Hello", "Orders", "Users", "WordCount", "Events", "PriceList", "Counter",
        ])
        _ = try await eventually("all are served", within: .seconds(60)) {
            try await curl("\(host.admin)/readyz").status == 200 ? true : nil
        }
        let document = try await Self.document(of: host, in: workshop)
        let text = try String(contentsOfFile: document, encoding: .utf8)
        #expect(text.contains("\"/hello\": {"))
        #expect(text.contains("/v1/functions/"), "functions of files stand at the admin API")
        let result = try await Self.judge(document, "--only", "none")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let stranger = try await curl("\(host.admin)/v1/openapi.json")
        #expect(stranger.status == 401)
        let operatorsWord = "Authorization: Bearer \(try host.token)"
        let known = try await curl("\(host.admin)/v1/openapi.json", "-H", operatorsWord)
        #expect(known.status == 200)
        #expect(known.headers["content-type"] == "application/json")
        let reply = try await curl("\(host.functions)/hello", "-d", #"{"name":"Ada"}"#)
        #expect(reply.status == 200)
        #expect(await host.stop() == 0)
    }
}
