import ForeignSignatures
import Testing

/// Every mistake is refused with its place and in words.
struct SignatureRefusalTests {
    private static let types = """
        {"point":{"struct":{"fields":{"x":"double","p":"opaque","n":"uint"}}},
         "h":{"handle":{}},"made":{"handle":{"size":8}},"e":{"enum":{"values":{"a":1}}},
         "cb":{"callback":{"parameters":{"l":"int*","r":"int*"},"result":"int"}}}
        """

    @Test(arguments: [
        (#""void""#, "/functions/0/arguments/0", "leave it out"),
        (#""int128""#, "/functions/0/arguments/0", "there is no type 'int128'"),
        (#""int[4]""#, "/functions/0/arguments/0", "fixed lists stand in structs only"),
        (#""h*""#, "/functions/0/arguments/0", "there is no pointer to that"),
        (#""bytes[]""#, "/functions/0/arguments/0", "there are no lists of that"),
        (#"{"type":"int","x":1}"#, "/functions/0/arguments/0/x", "is not known here"),
        (#"{"name":"a"}"#, "/functions/0/arguments/0", "lacks the member 'type'"),
        (#"{"type":"bytes","direction":"out"}"#, "/functions/0/arguments/0", "how large it may be"),
        (
            #"{"type":"text","direction":"inout"}"#, "/functions/0/arguments/0",
            "how large it may be"
        ),
        (#"{"type":"int","direction":"up"}"#, "/functions/0/arguments/0/direction", "in, out or"),
        (#"{"type":"int","lengthOf":"b"}"#, "/functions/0/arguments/0/lengthOf", "no argument 'b'"),
        (
            #"{"name":"b","type":"bytes"},{"type":"double","lengthOf":"b"}"#,
            "/functions/0/arguments/1", "has to be an integer"
        ),
        (
            #"{"name":"b","type":"int"},{"type":"int","lengthOf":"b"}"#,
            "/functions/0/arguments/1", "has to name a text"
        ),
        (#"{"type":"text","minimum":1}"#, "/functions/0/arguments/0", "is no number"),
        (#"{"type":"int","minimum":"1"}"#, "/functions/0/arguments/0/minimum", "a number"),
        (#"{"type":"int","body":true}"#, "/functions/0/arguments/0", "can't be the body"),
        (#"{"type":"int","passed":false}"#, "/functions/0/arguments/0", "isn't passed"),
        (#"{"type":"int","creates":true}"#, "/functions/0/arguments/0", "is none"),
        (#"{"type":"h","creates":true}"#, "/functions/0/arguments/0", "needs 'struct' or 'size'"),
        (#"{"type":"h","direction":"inout"}"#, "/functions/0/arguments/0", "goes in or comes out"),
        (#"{"type":"cb","direction":"out"}"#, "/functions/0/arguments/0", "can't come out"),
        (
            #"{"name":"b","type":"bytes"},{"type":"point*","set":{"x":{"pointerTo":"b"}}}"#,
            "/functions/0/arguments/1", "isn't opaque"
        ),
        (
            #"{"name":"b","type":"bytes"},{"type":"point*","set":{"y":{"pointerTo":"b"}}}"#,
            "/functions/0/arguments/1/set/y", "no such field"
        ),
        (#"{"type":"cb","choices":["g"]}"#, "/functions/0", "which is no function here"),
        (#"{"type":"cb","choices":["f"]}"#, "/functions/0", "takes 1 arguments, and is given 2"),
        (
            #"{"name":"a","type":"int"},{"name":"a","type":"int"}"#, "/functions/0/arguments/1",
            "two"
        ),
    ])
    func refusesArguments(arguments: String, pointer: String, words: String) {
        Self.expect(pointer, words) {
            try SignatureFileTests.one(arguments, types: Self.types)
        }
    }

    @Test(arguments: [
        (#","result":"bytes""#, "nothing says how long"),
        (#","result":{"type":"double","ok":{"equals":0}}"#, "isn't whole"),
        (#","result":{"type":"int","ok":{"nonNull":true}}"#, "gives back no pointer"),
        (#","result":{"type":"int","error":{"errno":true}}"#, "give 'ok'"),
        (#","result":"cb""#, "can't be told"), (#","variadicFrom":3"#, "is variadic from 3"),
        (#","variadicFrom":1"#, "double of float"),
    ])
    func refusesFunctions(rest: String, words: String) {
        Self.expect("/functions/0", words) {
            try SignatureFileTests.one(
                #"{"type":"int"},{"type":"float"}"#,
                rest,
                types: Self.types
            )
        }
    }

    @Test(arguments: [
        (#"{"s":{"struct":{"fields":{}}}}"#, "/types/s/struct/fields", "at least one field"),
        (#"{"s":{"struct":{"fields":{"a":"s"}}}}"#, "/types/s", "can't hold itself"),
        (
            #"{"s":{"struct":{"fields":{"a":"t[2]"}}},"t":{"struct":{"fields":{"a":"s"}}}}"#,
            "/types/s", "can't hold itself"
        ),
        (
            #"{"s":{"struct":{"fields":{"a":"void"}}}}"#, "/types/s/struct/fields/a",
            "a struct holds"
        ),
        (
            #"{"s":{"struct":{"fields":{"a":"int8"},"size":2}}}"#, "/types/s/struct/size",
            "take 1 bytes"
        ),
        (
            #"{"s":{"struct":{"fields":{"a":"t[1000]"}}},"t":{"struct":{"fields":{"a":"int[1048576]"}}}}"#,
            "/types/s", "is larger than"
        ),
        (#"{"int":{"handle":{}}}"#, "/types/int", "can't have this name"),
        (#"{"e":{"enum":{"values":{}}}}"#, "/types/e/enum/values", "names no value"),
        (
            #"{"e":{"enum":{"type":"int8","values":{"a":200}}}}"#, "/types/e/enum/values/a",
            "from -128 to 127"
        ),
        (#"{"u":{"union":{}}}"#, "/types/u/union", "is not known here"),
        (#"{"h":{"handle":{"destroy":"a b"}}}"#, "/types/h/handle/destroy", "name of a symbol"),
    ])
    func refusesTypes(types: String, pointer: String, words: String) {
        Self.expect(pointer, words) { try SignatureFileTests.one("", types: types) }
    }

    @Test(arguments: [
        ("[]", "", "has to be an object"), ("{", "", "is not JSON"),
        (#"{"functions":[{"name":"f"}]}"#, "", "lacks the member 'library'"),
        (#"{"library":"/lib/libm.so","functions":[]}"#, "/library", "without a path"),
        (#"{"library":{"file":"../x.so"},"functions":[]}"#, "/library/file", "without a path"),
        (#"{"library":"libm.so.6","functions":[]}"#, "/functions", "declares no function"),
        (
            #"{"library":"libm.so.6","functions":[{"name":"a-b"}]}"#, "/functions/0",
            "give a 'symbol'"
        ),
        (
            #"{"library":"libm.so.6","functions":[{"name":"f","isolation":"thread"}]}"#,
            "/functions/0/isolation", "only in a cell of their own"
        ),
        (
            #"{"library":"libm.so.6","library":"libm.so.6","functions":[{"name":"f"}]}"#,
            "/library",
            "stands there twice"
        ),
        (
            #"{"library":"libm.so.6","functions":[{"name":"f"},{"name":"f"}]}"#,
            "/functions/1/name", "two functions"
        ),
    ])
    func refusesFiles(text: String, pointer: String, words: String) {
        Self.expect(pointer, words) { try SignatureFileTests.file(text) }
    }

    private static func expect(
        _ pointer: String,
        _ words: String,
        _ body: () throws -> SignatureFile
    ) {
        do {
            _ = try body()
            Issue.record("it was taken")
        } catch let problem as SignatureProblem {
            #expect(problem.pointer == pointer, "\(problem)")
            #expect(problem.words.contains(words), "\(problem)")
        } catch {
            Issue.record("\(error)")
        }
    }
}
