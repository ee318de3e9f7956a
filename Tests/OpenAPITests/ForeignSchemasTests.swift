import ForeignSignatures
import FunctionModel
import Testing

@testable import OpenAPI

struct ForeignSchemasTests {
    static let everything = """
        {"library":"libx.so.1","constants":{"PI":3.14,"TEN":10},"types":{
          "colour":{"enum":{"values":{"red":1,"blue":2}}},
          "level":{"enum":{"type":"uint8","values":{"low":1},"open":true}},
          "point":{"struct":{"fields":{"x":"double","n":"int64","tag":"text[8]","raw":"bytes[4]",
            "grid":"int8[3]","next":"opaque"}}},
          "stream":{"handle":{"destroy":"end","struct":"point"}},
          "visitor":{"callback":{"parameters":{"value":"int","context":"opaque"},"result":"int"}}},
         "functions":[
          {"name":"f","arguments":[
            {"name":"big","type":"uint64"},{"name":"few","type":"int","minimum":1,"maximum":5},
            {"name":"real","type":"double","minimum":0},{"name":"word","type":"text","nullable":true,
             "minimumLength":5,"maximumLength":9},
            {"name":"data","type":"bytes","body":true},{"name":"length","type":"size_t",
             "lengthOf":"data"},{"name":"list","type":"int[]","maximumLength":3},
            {"name":"colour","type":"colour"},{"name":"level","type":"level"},
            {"name":"place","type":"point*","direction":"inout"},{"name":"stream","type":"stream"},
            {"name":"visit","type":"visitor"},
            {"name":"count","type":"int64","direction":"out"},
            {"name":"flag","type":"bool","default":true}],
           "result":{"type":"int","ok":{"equals":0},"status":422}},
          {"name":"area","arguments":["double"],"result":"double"},
          {"name":"begin","arguments":[{"name":"it","type":"stream","creates":true}]}]}
        """

    private func document() throws -> JSONValue {
        OpenAPIDocumentTests.document(
            try OpenAPIDocumentTests.plugin(
                "c",
                ["f", "area", "begin"].map { try OpenAPIDocumentTests.function("c.\($0)") },
                signatures: Self.everything
            )
        )
    }

    private func arguments(_ document: JSONValue, _ function: String) -> [JSONValue] {
        let post = document["paths"]?["/functions/c.\(function)"]?["post"]
        let schema = post?["requestBody"]?["content"]?["application/json"]?["schema"]
        guard case .list(let choices)? = schema?["properties"]?["args"]?["anyOf"] else { return [] }
        return choices
    }

    @Test func argumentsAreAnObjectOrAListOrAListWithLengths() throws {
        let choices = arguments(try document(), "f")
        #expect(choices.count == 3)
        let named = try #require(choices.first)
        #expect(named["additionalProperties"] == false)
        guard case .list(let required)? = named["required"] else { return }
        #expect(!required.contains("length"), "it follows from the data")
        #expect(!required.contains("flag"), "it has a default")
        #expect(!required.contains("count"), "it only comes out")
        #expect(named["properties"]?["count"] == nil)
        #expect(named["properties"]?["length"] != nil)
        #expect(choices[1]["minItems"] == 11)
        #expect(choices[1]["maxItems"] == 12)
        #expect(choices[2]["minItems"] == 13)
    }

    @Test func numbersHaveTheirRanges() throws {
        let document = try document()
        let schemas = try #require(document["components"]?["schemas"])
        guard case .list(let big)? = schemas["given.uint64"]?["anyOf"] else {
            Issue.record("uint64 is missing")
            return
        }
        #expect(big[0]["maximum"] == .number("18446744073709551615"))
        #expect(big[1]["type"] == "string", "a text keeps all digits")
        let properties = try #require(arguments(document, "f").first?["properties"])
        guard case .list(let few)? = properties["few"]?["anyOf"],
            case .list(let real)? = properties["real"]?["anyOf"]
        else { return }
        #expect(few[0]["minimum"] == 1)
        #expect(few[0]["maximum"] == 5)
        #expect(real[0]["minimum"] == 0)
        #expect(real.contains(["enum": ["Infinity"]]))
        #expect(!real.contains(["enum": ["-Infinity"]]))
        #expect(real.last?["enum"] == ["PI", "TEN"], "constants go by their names")
        guard case .list(let told)? = schemas["told.int64"]?["anyOf"] else { return }
        #expect(told[0]["maximum"] == .number("9007199254740991"))
    }

    @Test func typesKeepTheirRules() throws {
        let document = try document()
        let schemas = try #require(document["components"]?["schemas"])
        let properties = try #require(arguments(document, "f").first?["properties"])
        let point = try #require(schemas["given.c.point"])
        #expect(point["additionalProperties"] == false)
        #expect(point["required"] == ["x", "n", "tag", "raw", "grid"], "pointers may be left out")
        #expect(point["properties"]?["grid"]?["maxItems"] == 3)
        #expect(point["properties"]?["tag"]?["maxLength"] == 7, "its NUL takes one")
        guard case .list(let word)? = properties["word"]?["anyOf"],
            case .list(let colour)? = schemas["given.c.colour"]?["anyOf"],
            case .list(let level)? = schemas["given.c.level"]?["anyOf"]
        else {
            Issue.record("a choice is missing")
            return
        }
        #expect(word.last == ["type": "null"])
        #expect(word[0]["minLength"] == 2, "five bytes are two characters at least")
        #expect(colour[0] == ["enum": ["red", "blue"]])
        #expect(colour[1]["enum"] == [1, 2, "1", "2"])
        #expect(level[1]["maximum"] == 255, "an open one takes any number of its type")
        #expect(properties["visit"]?["enum"] == ["ascending", "descending", "collect"])
        #expect(properties["stream"]?["pattern"] == "^stream-[0-9a-f]+-[1-9][0-9]*$")
    }

    @Test func repliesNameWhatComesOut() throws {
        let document = try document()
        let post = document["paths"]?["/functions/c.f"]?["post"]
        let reply = post?["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        #expect(reply?["required"] == ["result", "out"])
        #expect(reply?["properties"]?["out"]?["required"] == ["place", "count"])
        let visit = reply?["properties"]?["out"]?["properties"]?["visit"]
        #expect(visit?["items"]?["required"] == ["value"])
        #expect(post?["responses"]?["422"]?["description"] != nil)
        let plain = document["paths"]?["/functions/c.area"]?["post"]?["responses"]?["200"]
        let schema = plain?["content"]?["application/json"]?["schema"]
        #expect(schema?["required"] == ["result"], "it tells nothing more")
        let begin = document["paths"]?["/functions/c.begin"]?["post"]?["responses"]?["200"]
        let out = begin?["content"]?["application/json"]?["schema"]?["properties"]?["out"]
        #expect(out?["required"] == ["it"])
    }

    @Test func withoutABodyTheQueryIsTaken() throws {
        let document = try document()
        let path = document["paths"]?["/functions/c.f"]
        func queried(_ method: String) -> [JSONValue] {
            guard case .list(let all)? = path?[method]?["parameters"] else { return [] }
            return all.filter { $0["in"] == "query" }
        }
        let get = queried("get")
        #expect(get.count == 13)
        #expect(get.first { $0["name"] == "big" }?["required"] == true)
        #expect(get.first { $0["name"] == "flag" }?["required"] == false)
        #expect(get.first { $0["name"] == "list" }?["content"] != nil, "lists go as JSON")
        // Beside a raw body, which stands for the bytes.
        let post = queried("post")
        #expect(post.count == 12)
        #expect(post.allSatisfy { $0["required"] == false })
        #expect(path?["post"]?["requestBody"]?["content"]?["application/octet-stream"] != nil)
        let plain = document["paths"]?["/functions/c.area"]?["post"]?["parameters"]
        guard case .list(let parameters)? = plain else { return }
        #expect(!parameters.contains { $0["in"] == "query" }, "its body is JSON")
    }
}
