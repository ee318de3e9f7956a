import Testing

struct WordTests {
    /// A word that code must not hold, and the rooms where it has a reason.
    struct Rule: Sendable, CustomTestStringConvertible {
        var word: String
        var why: String
        var allowed: [String] = []
        var testDescription: String { word }
    }

    // The words are put together so that this file doesn't hold them.
    static let everywhere = [
        Rule(word: "/wo" + "rk/", why: "a path of one machine"),
        Rule(word: "/opt/" + "swift", why: "a path of one machine"),
        Rule(word: "/ro" + "ot/", why: "a path of one machine"),
        Rule(word: "TO" + "DO", why: "do it, or open an issue"),
        Rule(word: "FIX" + "ME", why: "do it, or open an issue"),
    ]

    static let inSwift = [
        Rule(word: "try" + "!", why: "throw, or handle it", allowed: ["Plugins/Zoo/"]),
        Rule(word: "as" + "! ", why: "cast with a way out", allowed: ["Plugins/Zoo/"]),
        Rule(
            word: "@unchecked " + "Sendable",
            why: "say it with Mutex or Atomic",
            allowed: [
                "Sources/Platform/", "Sources/CellRuntime/", "Sources/CellSupervision/", "sdk/",
                "Tests/EndToEndTests/",
            ]
        ),
        Rule(
            word: "Unsafe",
            why: "unsafe code has its rooms",
            allowed: [
                "Sources/Platform/", "Sources/CellRuntime/", "Sources/ForeignCalls/", "sdk/",
                "Plugins/", "Tests/",
                // Bytes that are read in place, each bounds-checked before.
                "Sources/CellProtocol/Frame", "Sources/PluginCatalog/ELF/",
                "Sources/TriggerHTTP/FieldText.swift",
                // C functions of the system, of libcrypto and of SQLite that take a buffer.
                "Sources/InvocationStore/SQLite/LogFile.swift",
                "Sources/InvocationStore/SQLite/QuickStatement.swift",
                "Sources/PluginCatalog/Inspect/LibrarySearch.swift",
                "Sources/PluginCatalog/Store/ContentHash.swift",
            ]
        ),
    ]

    @Test(arguments: everywhere) func noFileHolds(rule: Rule) {
        let files = Repository.here.swift + Repository.here.pages + Repository.here.others
        for file in files { check(rule, file) }
    }

    @Test(arguments: inSwift) func noSwiftFileHolds(rule: Rule) {
        for file in Repository.here.swift { check(rule, file) }
    }

    private func check(_ rule: Rule, _ file: Repository.File) {
        guard file.text.contains(rule.word), !rule.allowed.contains(where: file.path.hasPrefix)
        else {
            return
        }
        for (number, line) in file.lines.enumerated() where line.contains(rule.word) {
            Issue.record("\(file.path):\(number + 1) holds '\(rule.word)': \(rule.why)")
        }
    }
}
