import Testing

@testable import OpenAPI

struct JSONValueTests {
    @Test func isWrittenAsItWasRead() throws {
        let text = """
            {
              "z": 18446744073709551615,
              "a": [true, null, -1.5e3, "a \\"b\\" \\\\ ü"],
              "long": {
                "text": "which doesn't fit into one line with the next one, which is long as well",
                "list": [1, { "two": 3 }]
              },
              "empty": {},
              "none": []
            }

            """
        let value = try #require(JSONValue(json: Array(text.utf8)))
        #expect(String(decoding: value.document, as: UTF8.self) == text)
        #expect(value["z"] == .number("18446744073709551615"))
        #expect(value["b"] == nil)
    }

    @Test(arguments: ["", "{", "{\"a\":1}x", "[1,]"]) func nothingElseIsTaken(text: String) {
        #expect(JSONValue(json: Array(text.utf8)) == nil)
    }

    @Test func aMemberIsThereOnce() {
        var value: JSONValue = ["a": 1]
        value.set("a", 2)
        value.set("b", nil)
        #expect(value == ["a": 2])
        #expect(value.with("c", false) == ["a": 2, "c": false])
    }
}
