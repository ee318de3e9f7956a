import Testing

@testable import TriggerFiles

struct GlobPatternTests {
    @Test(arguments: [
        ("*.csv", "a.csv", true), ("*.csv", "a.txt", false), ("*.csv", "in/a.csv", true),
        ("?.csv", "ab.csv", false), ("[a-c]*", "b1", true), ("[!a-c]*", "b1", false),
        ("*.{csv,tsv}", "x.tsv", true), ("*.{csv,tsv}", "x.psv", false),
        ("in/*.csv", "in/a.csv", true), ("in/*.csv", "in/b/a.csv", false),
        ("in/**/*.csv", "in/b/c/a.csv", true), ("in/**/*.csv", "in/a.csv", true),
        ("**", "any/thing", true), ("a\\*b", "a*b", true), ("a\\*b", "axb", false),
        ("in/**/a.csv", "in/ba.csv", false), ("in/**/a.csv", "in/b/ca.csv", false),
        ("**/a.csv", "a.csv", true), ("**/a.csv", "x/a.csv", true), ("**/a.csv", "xa.csv", false),
        ("**/x/**/a", "x/a", true), ("**/x/**/a", "b/x/c/d/a", true), ("in/**", "in/b/c", true),
        ("[^a-c]*", "b1", false), ("[^a-c]*", "d1", true), ("[{]x", "{x", true),
        ("\\{a,b\\}", "{a,b}", true), ("\\{a,b\\}", "a", false), ("{a\\,b,c}", "a,b", true),
        ("[", "[", true), ("", "", true), ("a**b", "axxb", true),
        ("*a*a*a*b", "aaaaaaaaaaaa", false),
    ])
    func fitsAsAShellDoes(pattern: String, path: String, fits: Bool) {
        let bytes = Array(path.utf8)
        let name = bytes.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
        #expect(GlobPattern(pattern).matches(bytes, name: name) == fits)
    }

    @Test func takesBytesThatAreNoText() {
        let name: [UInt8] = [0xff, 0xfe] + Array(".csv".utf8)
        #expect(GlobPattern("*.csv").matches(name, name: name))
        #expect(GlobPattern("??.csv").matches(name, name: name))
    }

    @Test func takesTimeThatGrowsNoFasterThanBothLengths() {
        let pattern = GlobPattern(String(repeating: "*a", count: 100) + "b")
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: 255)
        #expect(!pattern.matches(name, name: name))
    }
}
