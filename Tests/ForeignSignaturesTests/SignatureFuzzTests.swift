import ForeignSignatures
import Foundation
import SeededRandom
import Testing

/// Whatever stands in a signature file, it is taken or refused in words.
struct SignatureFuzzTests {
    static let examples: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Plugins/CLibraries")
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap {
            $0 as? String
        }
        return (names ?? []).filter { $0.hasSuffix(".functions.json") }.sorted()
            .compactMap { FileManager.default.contents(atPath: folder.appending(path: $0).path) }
            .map { Array($0) }
    }()

    static var rounds: Int {
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 3_000
    }

    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["ROOST_CAMPAIGN_SEED"].flatMap { UInt64($0) } ?? 6
    }

    @Test func examplesAreTaken() throws {
        #expect(Self.examples.count >= 4)
        for example in Self.examples { _ = try SignatureFile(json: example, name: "lib") }
    }

    @Test func damagedBytesAreTakenOrRefusedInWords() {
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let bytes = random.mutate(Self.examples[round % Self.examples.count])
            Self.judge(bytes, "seed \(Self.seed), round \(round)")
        }
    }

    /// Values in other places keep the document JSON, so that the rules behind are reached.
    @Test func swappedValuesAreTakenOrRefusedInWords() throws {
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let example = Self.examples[round % Self.examples.count]
            var tape = JSONTape()
            try tape.read(example.span)
            let nodes = tape.nodes.indices.dropFirst()
            let target = tape[nodes.randomElement(using: &random) ?? 1]
            let source = tape[nodes.randomElement(using: &random) ?? 1]
            func whole(_ node: JSONTape.Node) -> Range<Int> {
                let quotes = node.kind == .text ? 1 : 0
                return (Int(node.start) - quotes)..<(Int(node.end) + quotes)
            }
            let bytes =
                example[..<whole(target).lowerBound] + example[whole(source)]
                + example[whole(target).upperBound...]
            Self.judge(Array(bytes), "seed \(Self.seed), round \(round)")
        }
    }

    private static func judge(_ bytes: [UInt8], _ place: String) {
        do {
            let file = try SignatureFile(json: bytes, name: "lib")
            for function in file.functions {
                #expect(!file.words(of: function).isEmpty)
            }
            _ = try file.manifest()
        } catch {
            #expect(!error.words.isEmpty, "\(place): \(error)")
            #expect(error.pointer.first ?? "/" == "/", "\(place)")
        }
    }
}
