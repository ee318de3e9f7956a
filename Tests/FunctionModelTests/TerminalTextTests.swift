import FunctionModel
import Testing

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("plain \u{fc} \u{1f426}", "plain \u{fc} \u{1f426}"), ("", ""), ("a\tb", "a\tb"),
        ("\u{1b}[2J\u{1b}]0;x\u{7}", #"\u{1b}[2J\u{1b}]0;x\u{7}"#),
        ("a\nb", "a\n    | b"), ("a\r\nb", "a\\u{d}\n    | b"), ("a\rb", #"a\u{d}b"#),
        ("nul\0", #"nul\u{0}"#), ("\u{7f}\u{9b}31m", #"\u{7f}\u{9b}31m"#),
        ("\u{202e}x\u{2066}\u{2028}", #"\u{202e}x\u{2066}\u{2028}"#),
        (String(decoding: [0x61, 0xff, 0x1b, 0xc3], as: UTF8.self), "a\u{fffd}\\u{1b}\u{fffd}"),
    ])
    func controlCharactersAreWrittenOut(given: String, shown: String) {
        #expect(given.forTerminal == shown)
    }

    @Test(arguments: [("a\nb\tc", #"a\nb\tc"#), ("\u{1b}\n", #"\u{1b}\n"#), ("plain", "plain")])
    func aTablesCellStaysInItsLine(given: String, shown: String) {
        #expect(given.inOneLine == shown)
    }

    @Test func noByteStartsALineOrSteersATerminal() {
        for byte in UInt8.min...UInt8.max {
            let shown = String(decoding: [0x61, byte, 0x62], as: UTF8.self).forTerminal
            #expect(!shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
            #expect(shown.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("    | ") })
        }
    }
}
