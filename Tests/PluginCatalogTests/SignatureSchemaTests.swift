import ForeignSignatures
import Foundation
import SeededRandom
import Testing

@testable import PluginCatalog

/// The published schema and the reader take and refuse the same signature files; what a schema can't
/// say stands in `Tests/Oracles/signatures.py`.
struct SignatureSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Every signature file of the repository, as JSON.
    private static func examples() throws -> [(path: String, json: [UInt8])] {
        var found: [(path: String, json: [UInt8])] = []
        for folder in ["Plugins/CLibraries", "Tests/ForeignLibraries"] {
            let directory = root.appending(path: folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
            where SignatureFile.plugin(ofFile: name) != nil {
                let file = directory.appending(path: name)
                let text = [UInt8](try Data(contentsOf: file))
                found.append((file.path, try SignatureText.json(text, file: name)))
            }
        }
        return found
    }

    /// What files have in them that are wrong, or nearly right, in one way or another.
    private static let values = [
        "null", "true", "false", "0", "1", "-1", "1.0", "1e2", "1.5", "64", "65", "600", "1e999",
        "67108865", "9223372036854775808", "18446744073709551616", "\"\"", "\"0\"", "\"-7\"",
        "\"007\"",
        "\"1.5\"", "\"99999999999999999999999\"", "[]", "{}", "[1]", "{\"a\":1}", "\"a\"",
        "\"A b\"",
        "\"\\u0000\"", "\"ä\"", "\"int\"", "\"double[]\"", "\"text[4]\"", "\"int[+4]\"",
        "\"int[0]\"",
        "\"int*\"", "\"void\"", "\"bytes\"", "\"opaque\"", "\"nothing\"", "\"int[]*\"", "\"in\"",
        "\"out\"",
        "\"inout\"", "\"thread\"", "\"process\"", "\"restart\"", "\"base64\"", "\"result\"",
        "\"stream.left\"",
        "\"libx.so\"", "\".so\"", "\"lib x.so\"", "\"a/b.so\"", "\"x.so.1\"",
        "{\"file\":\"libx.so\"}",
        "{\"errno\":true}", "{\"errno\":false,\"text\":\"f\"}", "{\"text\":\"f\"}",
        "{\"equals\":0}",
        "{\"equals\":\"0\"}", "{\"nonNull\":false}", "{\"oneOf\":[]}", "{\"unused\":\"a.b\"}",
        "{\"lengthOf\":\"data\"}", "{\"pointerTo\":\"data\"}", "{\"handle\":{}}",
        "{\"struct\":{\"fields\":{\"a\":\"int\"}}}", "{\"enum\":{\"values\":{\"a\":1}}}",
        "{\"callback\":{}}", "\"\(String(repeating: "x", count: 300))\"",
        "\"\(String(repeating: "ü", count: 200))\"",
    ]

    /// One file more or less, each wrong in one way that others don't reach.
    private static let files = [
        "", "{", "[]", "{}", "null", "{\"library\":\"libm.so.6\"}",
        #"{"library":"libm.so.6","functions":[]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"F"}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"F","hidden":true},{"name":"g"}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"f","hidden":true}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"a-b"}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"a-b","symbol":"ab"}]}"#,
        #"{"library":"libm.so.6","functions":[{"name":"f","name":"f"}]}"#,
        #"{"library":"libm.so.6","plugin":"A","functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","permissions":5,"functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","types":{"int":{"handle":{}}},"functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","types":{"a b":{"handle":{}}},"functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","constants":{"A":NaN},"functions":[{"name":"f"}]}"#,
        #"{"library":"libm.so.6","constants":{"A":1e999},"functions":[{"name":"f"}]}"#,
    ]

    @Test func everyFileOfTheRepositoryIsValid() throws {
        let examples = try Self.examples()
        #expect(examples.count >= 6)
        let (status, output) = try Self.ask(["check"] + examples.map(\.path))
        #expect(status == 0, "\(output)")
    }

    @Test func schemaAndReaderAgree() throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 4_000
        let seed = environment["ROOST_CAMPAIGN_SEED"].flatMap { UInt64($0) } ?? 6
        var random = SeededGenerator(seed: seed)
        let examples = try Self.examples().map(\.json)
        var verdicts = JSONOutput()
        for text in examples + Self.files.map({ Array($0.utf8) }) { Self.judge(text, &verdicts) }
        for round in 0..<rounds {
            var text = examples[round % examples.count]
            // A second change now and then, so that one can make up for the other.
            for _ in 0...(round % 3 / 2) { text = try Self.changed(text, examples, &random) }
            Self.judge(text, &verdicts)
        }
        let file = FileManager.default.temporaryDirectory
            .appending(path: "roost-verdicts-\(UUID().uuidString)")
        try Data(verdicts.bytes).write(to: file)
        defer {
            do { try FileManager.default.removeItem(at: file) } catch { Issue.record("\(error)") }
        }
        let (status, output) = try Self.ask(["compare", file.path])
        #expect(status == 0, "seed \(seed): \(output)")
        #expect(output.contains("taken by both"), "\(output)")
    }

    /// The same text with one value replaced by another, a member taken out, or one put in.
    private static func changed(
        _ text: [UInt8],
        _ examples: [[UInt8]],
        _ random: inout SeededGenerator
    ) throws -> [UInt8] {
        var tape = JSONTape()
        do { try tape.read(text.span) } catch { return text }
        let target = tape.nodes.indices.dropFirst().randomElement(using: &random) ?? 0
        let range = whole(tape[target])
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where tape[target].kind == .object:
            let more = #""unknown":1\#(tape[target].count == 0 ? "" : ",")"#
            let start = range.lowerBound + 1
            return Array(text[..<start] + Array(more.utf8) + text[start...])
        case 1, 2, 3, 4:
            let value = values.randomElement(using: &random) ?? "0"
            let (head, tail) = (text[..<range.lowerBound], text[range.upperBound...])
            return Array(head + Array(value.utf8) + tail)
        default:
            let other = examples.randomElement(using: &random) ?? text
            var source = JSONTape()
            try source.read(other.span)
            let node = source.nodes.indices.dropFirst().randomElement(using: &random) ?? 0
            let (head, tail) = (text[..<range.lowerBound], text[range.upperBound...])
            return Array(head + other[whole(source[node])] + tail)
        }
    }

    private static func whole(_ node: JSONTape.Node) -> Range<Int> {
        let quotes = node.kind == .text ? 1 : 0
        return (Int(node.start) - quotes)..<(Int(node.end) + quotes)
    }

    /// Writes what the reader says of a text.
    private static func judge(_ text: [UInt8], _ verdicts: inout JSONOutput) {
        verdicts.raw("{\"text\":")
        verdicts.text(text)
        verdicts.raw(",\"refusal\":")
        do throws(SignatureProblem) {
            _ = try SignatureFile(json: text, name: "lib")
            verdicts.raw("null")
        } catch {
            verdicts.text("\(error)")
        }
        verdicts.raw("}\n")
    }

    private static func ask(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let schema = root.appending(path: "Plugins/CLibraries/functions.schema.json").path
        process.arguments =
            ["python3", root.appending(path: "Tests/Oracles/signatures.py").path, schema]
            + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["PYTHONPATH": root.appending(path: ".build/oracles").path]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
