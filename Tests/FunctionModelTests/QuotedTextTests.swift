import FoundationEssentials
import FunctionModel
import Testing

struct QuotedTextTests {
    @Test(arguments: [
        ("", #""""#),
        ("plain, ü 🦉", #""plain, ü 🦉""#),
        (#"a "word" and C:\"#, #""a \"word\" and C:\\""#),
        ("one\ntwo\u{1f}", #""one\u000atwo\u001f""#),
    ])
    func writesAText(text: String, json: String) {
        #expect(text.quotedForJSON == json)
    }

    @Test func readsBackAsItWas() throws {
        let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
        let json = all.quotedForJSON
        #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == all)
    }
}
