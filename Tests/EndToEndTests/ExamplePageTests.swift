import Foundation
import Testing

/// The page of every example plugin: its commands, run where the files lie that they send.
@Suite("The page of an example", .serialized)
struct ExamplePageTests {
    static let names = [
        "Airports", "Counter", "Events", "Hello", "NightlyReport", "Orders", "PriceList",
        "Thumbnail", "Users", "WordCount", "Zoo",
    ]

    /// What that page says the operator agrees to.
    private static let agreement = "plugins: { report: { permissions: { read: [/var/log] } } }\n"

    @Test func noneIsForgotten() throws {
        let plugins = ReadmeTests.root.appending(path: "Plugins").path
        // Those that need no Swift are tried by `ForeignTests`.
        let all = (Self.names + ["CLibraries"]).sorted()
        #expect(try FileManager.default.contentsOfDirectory(atPath: plugins).sorted() == all)
    }

    @Test(arguments: names)
    func showsTrueReplies(name: String) async throws {
        let page = ReadmeTests.root.appending(path: "Plugins/\(name)/README.md")
        let examples = ConsoleExample.all(in: try String(contentsOf: page, encoding: .utf8))
        #expect(!examples.isEmpty)
        let workshop = try Workshop()
        defer { workshop.remove() }
        try Self.fill(workshop)
        let host = try await RoostProcess.start(
            plugins: Array(Set([name, "Users"])),
            settings: name == "NightlyReport" ? Self.agreement : nil
        )
        _ = try await eventually("\(name) is served", within: .seconds(60)) {
            let plugins = try await host.command("plugins", "--json").output
            let served = plugins.components(separatedBy: #""state" : "serving""#).count - 1
            return served == Set([name, "Users"]).count ? true : nil
        }
        if name == "Thumbnail" {
            // A JPEG of what was drawn is the first thumbnail.
            _ = try await run(
                "/usr/bin/curl",
                [
                    "-sS", "--data-binary", "@photo.png", "-o", "photo.jpg",
                    "\(host.functions)/thumbnail?size=64&format=jpeg",
                ],
                directory: workshop.directory
            )
        }
        for example in examples {
            var result = try await Self.result(of: example, on: host, in: workshop)
            // What becomes of a file is seen a moment after it came.
            let isTold = ["PriceList", "Thumbnail"].contains(name)
            let end = ContinuousClock.now + .seconds(isTold ? 20 : 0)
            while result.status != 0 || !example.matches(result.output),
                ContinuousClock.now < end
            {
                try await Task.sleep(for: .milliseconds(100))
                result = try await Self.result(of: example, on: host, in: workshop)
            }
            #expect(result.status == 0, "\(example.command)\n\(result.errors)")
            #expect(
                example.matches(result.output),
                "\(example.command)\nshows\n\(example.reply)\nbut gives\n\(result.output)"
            )
        }
        if name == "Thumbnail" { try Self.checkThumbnails(in: workshop.directory) }
        #expect(await host.stop() == 0)
    }

    private static func result(
        of example: ConsoleExample,
        on host: RoostProcess,
        in workshop: Workshop
    ) async throws -> CommandResult {
        try await run(
            "/bin/bash",
            ["-c", example.command(for: host).replacing("curl ", with: "curl -sS ")],
            directory: workshop.directory
        )
    }

    /// Puts there what the commands send: a text, a long one, and a photo.
    private static func fill(_ workshop: Workshop) throws {
        let page = ReadmeTests.root.appending(path: "README.md")
        try workshop.write(try String(contentsOf: page, encoding: .utf8), to: "README.md")
        let line = "the quick brown fox jumps over the lazy dog\n"
        try workshop.write(String(repeating: line, count: 500_000), to: "large.txt")
        try Picture.png.write(to: workshop.directory.appending(path: "photo.png"))
    }

    private static func checkThumbnails(in directory: URL) throws {
        let beginnings: [(file: String, bytes: [UInt8])] = [
            ("small.jpg", [0xff, 0xd8, 0xff]), ("small.png", [0x89, 0x50, 0x4e, 0x47]),
        ]
        for (file, bytes) in beginnings {
            let data = try Data(contentsOf: directory.appending(path: file))
            #expect(Array(data.prefix(bytes.count)) == bytes, "\(file)")
        }
    }
}
