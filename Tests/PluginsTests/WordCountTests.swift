import FunctionTesting
import Testing
import WordCount

@Suite struct WordCountTests {
    private struct Counts: Decodable, Equatable {
        struct Word: Decodable, Equatable {
            var word: String
            var count: Int
        }
        var bytes: Int
        var lines: Int
        var words: Int
        var top: [Word]
    }

    private func count(_ pieces: [String]) async throws -> Counts {
        let host = try TestHost(entry: WordCount.entry)
        return try await host.invoke("count", TestEvent().stream(pieces.map { Array($0.utf8) }))
            .decode(Counts.self)
    }

    @Test func countsAcrossPieces() async throws {
        let counts = try await count(["The cat and t", "he do", "g.\nThe end", "ing\n"])
        #expect(counts.bytes == 32)
        #expect(counts.lines == 2)
        #expect(counts.words == 7)
        #expect(counts.top.first == Counts.Word(word: "the", count: 3))
    }

    @Test(arguments: [("", 0), (" \n\t", 0), ("one", 1), ("don't", 2), ("grüße 東京", 2)])
    func knowsWhatAWordIs(text: String, words: Int) async throws {
        #expect(try await count([text]).words == words)
    }

    @Test func cutsEndlessWords() async throws {
        let counts = try await count(
            Array(repeating: String(repeating: "x", count: 1_000), count: 50)
        )
        #expect(counts.words == 1)
        #expect(counts.top == [.init(word: String(repeating: "x", count: 64), count: 1)])
    }

    @Test func countsExactlyWhileItsTableGrows() async throws {
        let pieces = (0..<40).map { piece in
            (0..<1_000).map { "w\(piece * 1_000 + $0) w\($0 % 7) " }.joined()
        }
        let counts = try await count(pieces)
        #expect(counts.words == 80_000)
        let expected = (0..<7).map { word in
            Counts.Word(word: "w\(word)", count: 40 * (0..<1_000).count { $0 % 7 == word } + 1)
        }
        #expect(
            Array(counts.top.prefix(7))
                == expected.sorted { ($1.count, $0.word) < ($0.count, $1.word) }
        )
    }

    @Test func staysBoundedWithMoreWordsThanItsTableHolds() async throws {
        let rare = (0..<60).map { piece in
            (0..<1_000).map { "w\(piece * 1_000 + $0) often " }.joined()
        }
        let counts = try await count(rare)
        #expect(counts.words == 120_000)
        #expect(counts.top.first == Counts.Word(word: "often", count: 60_000))
    }

    @Test func reportsProgressAsLinesOfJSON() async throws {
        let host = try TestHost(entry: WordCount.entry)
        let mebibyte = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        let reply = await host.invoke(
            "progress",
            TestEvent().stream(Array(repeating: mebibyte, count: 20))
        )
        let lines = reply.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.contains("\"bytes\":20971520") == true)
        #expect(reply.contentType == "application/x-ndjson")
    }
}
