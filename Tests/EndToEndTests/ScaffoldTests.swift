import Foundation
import Testing

/// What an author writes builds, passes its own tests and is served, with the commands that its page
/// shows.
@Suite("A package of an author's own", .serialized)
struct ScaffoldTests {
    @Test(arguments: ["http", "cron", "files", "c", "c-abi"])
    func ofATemplateBuildsTestsAndServes(_ template: String) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let name = "my-\(template)"
        try await workshop.make(
            RoostProcess.products.appending(path: "roost").path,
            ["new", name, "--template", template, "--sdk", Workshop.sdk.path]
        )
        let package = workshop.directory.appending(path: name)
        let page = try String(contentsOf: package.appending(path: "README.md"), encoding: .utf8)
        let examples = ConsoleExample.all(in: page)
        #expect(examples.count >= 4, "the page shows how to build, test, deploy and call")
        if template == "c" {
            let file = package.appending(path: "\(name).functions.json").path
            let judged = try await OpenAPITests.validSignatures(file)
            #expect(judged.status == 0, "\(judged.output)\(judged.errors)")
        }
        let host = try await RoostProcess.start()
        for example in examples {
            let command = workshop.command(of: example, for: host)
            let result = try await run("/bin/bash", ["-c", command], directory: package)
            #expect(result.status == 0, "\(command)\n\(result.output)\(result.errors)")
            guard !example.reply.isEmpty else { continue }
            #expect(
                example.matches(result.output),
                "\(command)\nshows\n\(example.reply)\nbut gives\n\(result.output)\(result.errors)"
            )
        }
        #expect(await host.stop() == 0)
    }

    @Test func ofCIsTheSameFromItsMakefile() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try await workshop.make(
            RoostProcess.products.appending(path: "roost").path,
            ["new", "loud", "--template", "c-abi", "--sdk", Workshop.sdk.path]
        )
        let package = workshop.directory.appending(path: "loud")
        try await workshop.make("/usr/bin/make", ["-C", package.path])
        let host = try await RoostProcess.start()
        try RoostProcess.drop(file: package.appending(path: "libLoud.so"), into: host.plugins)
        #expect(try await reply(of: host, to: "/loud", "well made") == "WELL MADE")
        #expect(await host.stop() == 0)
    }

    @Test func writtenByHandIsServed() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let package = workshop.directory.appending(path: "tally")
        try workshop.write(handwrittenManifest, to: "tally/Package.swift")
        try workshop.write(handwrittenSource, to: "tally/Sources/Tally/Tally.swift")
        try await workshop.make(
            "/usr/bin/env",
            ["swift", "build", "--package-path", package.path, "--scratch-path", Workshop.scratch]
        )
        let host = try await RoostProcess.start()
        let library = URL(filePath: "\(Workshop.scratch)/debug/libTally.so")
        try RoostProcess.drop(file: library, into: host.plugins)
        #expect(try await reply(of: host, to: "/tally", "[1,2,4]") == #"{"sum":21}"#)
        #expect(await host.stop() == 0)
    }

    @Test func inCIsServedAsTheExampleShowsIt() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let example = Workshop.sdk.appending(path: "Examples/C")
        try await workshop.make(
            "/usr/bin/make",
            ["-C", example.path, "OUT=\(workshop.directory.path)"]
        )
        let host = try await RoostProcess.start()
        let library = workshop.directory.appending(path: "libshout.so")
        try RoostProcess.drop(file: library, into: host.plugins)
        #expect(try await reply(of: host, to: "/shout", "hello") == "HELLO")
        #expect(await host.stop() == 0)
    }

    private func reply(
        of host: RoostProcess,
        to path: String,
        _ body: String
    ) async throws
        -> String
    {
        try await eventually("\(path) is served") {
            let reply = try await curl(host.functions + path, "-d", body)
            return reply.status == 200
                ? reply.body.trimmingCharacters(in: .whitespacesAndNewlines) : nil
        }
    }

    private var handwrittenManifest: String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "tally",
            products: [.library(name: "Tally", type: .dynamic, targets: ["Tally"])],
            dependencies: [.package(path: "\(Workshop.sdk.path)")],
            targets: [
                .target(
                    name: "Tally",
                    dependencies: [.product(name: "FunctionSDK", package: "sdk")]
                )
            ]
        )
        """
    }

    private var handwrittenSource: String {
        """
        import FunctionSDK

        struct Sum: Codable { var sum: Int }

        struct Factor: FunctionHandler {
            func handle(_ numbers: [Int], context: FunctionContext) async throws -> Sum {
                Sum(sum: numbers.reduce(0, +) * 3)
            }
        }

        @c(roost_plugin_tally) public func entry(_ host: HostAPI) -> PluginPointer? {
            Plugin("tally") {
                Function("tally", .http(.post, "/tally"), handler: Factor())
            }.export(to: host)
        }
        """
    }
}
