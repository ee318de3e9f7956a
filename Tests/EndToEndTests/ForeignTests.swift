import Foundation
import Testing

/// C libraries that are called as signature files say, in a real host.
@Suite("A C library", .serialized)
struct ForeignTests {
    static let examples = ReadmeTests.root.appending(path: "Plugins/CLibraries")
    static let libraries = ReadmeTests.root.appending(path: "Tests/ForeignLibraries")

    /// Starts a host with signature files of the examples.
    static func start(_ names: [String], settings: String? = nil) async throws -> RoostProcess {
        let home = try RoostProcess.makeHome()
        for name in names {
            try RoostProcess.drop(
                file: examples.appending(path: name),
                into: home.appending(path: "plugins")
            )
        }
        let host = try await RoostProcess.start(settings: settings, home: home)
        try await served(names.count, by: host)
        return host
    }

    static func served(_ count: Int, by host: RoostProcess) async throws {
        _ = try await eventually("\(count) libraries are served", within: .seconds(60)) {
            let plugins = try await host.command("plugins", "--json").output
            let served = plugins.components(separatedBy: #""state" : "serving""#).count - 1
            return served == count ? true : nil
        }
    }

    @Test func answersOverHTTP() async throws {
        let host = try await Self.start(["libm.functions.json"])
        let pow = try await curl("\(host.functions)/functions/libm.pow", "-d", #"{"args":[2,10]}"#)
        #expect(pow.status == 200)
        #expect(pow.body == #"{"result":1024.0}"#)
        #expect(pow.headers["content-type"] == "application/json")
        let bad = try await curl("\(host.functions)/functions/libm.pow", "-d", #"{"args":[2,"x"]}"#)
        #expect(bad.status == 400)
        #expect(bad.headers["content-type"] == "application/problem+json")
        #expect(bad.body.contains(#""pointer":"/args/1""#))
        #expect(await host.stop() == 0)
    }

    @Test func thePageShowsTrueReplies() async throws {
        let page = Self.examples.appending(path: "README.md")
        let shown = ConsoleExample.all(in: try String(contentsOf: page, encoding: .utf8))
        #expect(!shown.isEmpty)
        let host = try await Self.start(Self.all)
        for example in shown {
            let command = example.command(for: host).replacing("curl ", with: "curl -sS ")
            let result = try await run("/bin/bash", ["-c", command])
            #expect(
                example.matches(result.output),
                "\(example.command)\nshows\n\(example.reply)\nbut gives\n\(result.output)"
            )
        }
        #expect(await host.stop() == 0)
    }

    static let all = [
        "libm.functions.json", "zlib.functions.json", "sqlite.functions.yaml",
        "crypt.functions.json", "libc.functions.json",
    ]

    /// Python's mathematics, zlib, sqlite3 and sorting are the oracles.
    @Test func everyExampleAgreesWithAnIndependentOracle() async throws {
        let host = try await Self.start(Self.all)
        let script = Self.libraries.appending(path: "oracle.py").path
        let result = try await run("/usr/bin/env", ["python3", script, host.functions])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("answers are the oracles'"))
        #expect(await host.stop() == 0)
    }

    /// Random signatures, called by a C program and by the host with the same values.
    @Test func randomSignaturesAgreeWithACProgram() async throws {
        let home = try RoostProcess.makeHome()
        let host = try await RoostProcess.start(home: home)
        let environment = ProcessInfo.processInfo.environment
        let script = Self.libraries.appending(path: "campaign.py").path
        let result = try await run(
            "/usr/bin/env",
            [
                "python3", script, host.functions, host.plugins.path,
                "--signatures", environment["ROOST_TEST_ROUNDS"] ?? "60", "--values",
                environment["ROOST_TEST_ROUNDS"] == nil ? "10" : "50",
                "--seed", environment["ROOST_CAMPAIGN_SEED"] ?? "6",
            ]
        )
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(await host.stop() == 0)
    }
}
