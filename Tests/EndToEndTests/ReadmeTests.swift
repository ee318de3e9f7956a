import Foundation
import Testing

/// Every command that the README shows with a reply gives that reply; `…` stands for what varies.
@Suite("The README", .serialized)
struct ReadmeTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test func showsTrueReplies() async throws {
        let text = try String(
            contentsOf: Self.root.appending(path: "README.md"),
            encoding: .utf8
        )
        let examples = ConsoleExample.all(in: text)
        #expect(examples.count >= 5, "the README shows what can be tried")
        let names = ["Hello", "Users", "Orders", "Airports", "Thumbnail", "WordCount", "Events"]
        let host = try await RoostProcess.start(plugins: names)
        _ = try await eventually("all examples are served", within: .seconds(60)) {
            let plugins = try await host.command("plugins", "--json").output
            return plugins.components(separatedBy: #""serving""#).count > names.count ? true : nil
        }
        for example in examples {
            let result = try await run(
                "/bin/bash",
                ["-o", "pipefail", "-c", example.command(for: host)],
                directory: Self.root
            )
            #expect(
                example.matches(result.output),
                "\(example.command)\nshows\n\(example.reply)\nbut gives\n\(result.output)\(result.errors)"
            )
        }
        #expect(await host.stop() == 0)
    }
}

/// A `$ command` of a console block with the lines below it.
struct ConsoleExample {
    var command: String
    var reply: String

    static func all(in text: String) -> [ConsoleExample] {
        var examples: [ConsoleExample] = []
        var inside = false
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                inside = line == "```console"
            } else if inside, line.hasPrefix("$ ") {
                examples.append(ConsoleExample(command: String(line.dropFirst(2)), reply: ""))
            } else if inside, !examples.isEmpty {
                examples[examples.count - 1].reply += line + "\n"
            }
        }
        return examples
    }

    /// The command as it reads for a host on other ports and with another home.
    func command(for host: RoostProcess) -> String {
        command
            .replacingOccurrences(of: "http://127.0.0.1:8080", with: host.functions)
            .replacingOccurrences(of: "http://127.0.0.1:8081", with: host.admin)
            .replacingOccurrences(of: ".roost/", with: host.home.path + "/")
            .replacingOccurrences(
                of: ".build/release/roost ",
                with: "ROOST_HOME=\(host.home.path) \(RoostProcess.products.path)/roost "
            )
            .replacingOccurrences(of: ".build/release/", with: RoostProcess.products.path + "/")
    }

    /// Compares line by line, white space at the ends aside; a `…` matches anything.
    func matches(_ output: String) -> Bool {
        let expected = reply.trimmingCharacters(in: .whitespacesAndNewlines)
        let actual = output.trimmingCharacters(in: .whitespacesAndNewlines)
        var rest = Substring(actual)
        let parts = expected.components(separatedBy: "…")
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else {
                guard let range = rest.range(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return rest.isEmpty
    }
}
