import NIOCore
import Testing

@testable import FunctionModel

struct JSONSliceTests {
    @Test(arguments: [
        "null", "true", " false ", "0", "-0", "-1.5e+10", "1E9", "123456789012345678901234567890",
        #""""#, #""a\"\\\/\b\f\n\r\té\ud83d\ude00""#, "[]", "[ ]", "{}", "{ }",
        #"[1, [2, {"a": [], "a": null}]]"#, "\r\n\t{\"é\" : \"😀\"}\n",
    ])
    func isJSON(text: String) throws {
        let slice = try #require(JSONSlice(document: ByteBuffer(string: text)))
        #expect(String(buffer: slice.raw) == text.trimmed)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "1 2", "\"",
        "\"\u{1}\"", #""\x""#, #""\u12g4""#, #""\"#, "[", "[1,]", "[,1]", "[1 2]", "]", "{",
        "{1:2}",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, "{]", "'a'", "[1]]", "\u{FEFF}1",
    ])
    func isNoJSON(text: String) {
        #expect(JSONSlice(document: ByteBuffer(string: text)) == nil)
    }

    @Test func isNoJSONWithBytesThatAreNoText() {
        #expect(JSONSlice(document: ByteBuffer(bytes: [0x22, 0xC3, 0x28, 0x22])) == nil)
    }

    @Test func nestsOnlySoDeep() {
        func nested(_ depth: Int) -> ByteBuffer {
            ByteBuffer(
                string: String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            )
        }
        #expect(JSONSlice(document: nested(JSONScanner.depth)) != nil)
        #expect(JSONSlice(document: nested(JSONScanner.depth + 1)) == nil)
        #expect(JSONSlice(document: nested(1_000_000)) == nil)
    }

    @Test func readsWhatIsAskedFor() throws {
        let text = #"{"a": "x\ny", "b": [1, -9223372036854775808, 1.0, 1e3], "lone": "\ud800"}"#
        let slice = try #require(JSONSlice(document: ByteBuffer(string: text)))
        let members = try #require(slice.members(atMost: 9))
        #expect(members.map(\.name) == ["a", "b", "lone"])
        #expect(members[0].value.text == "x\ny")
        #expect(members[2].value.text == nil)
        let numbers = try #require(members[1].value.elements(atMost: 9))
        #expect(numbers.map(\.integer) == [1, .min, nil, nil])
        #expect(members[1].value.elements(atMost: 2)?.count == 2)
        #expect(slice.elements(atMost: 1) == nil)
        #expect(members[1].value.members(atMost: 1) == nil)
        #expect(slice.members(atMost: 1)?.count == 1)
    }
}

extension String {
    fileprivate var trimmed: String {
        let isBlank = { (character: Character) in character.isWhitespace }
        return String(
            drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        )
    }
}
