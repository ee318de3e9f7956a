import ForeignSignatures
import Testing

struct SignatureFileTests {
    static func file(_ text: String) throws -> SignatureFile {
        try SignatureFile(json: Array(text.utf8), name: "lib")
    }

    /// A file with one function, of which the arguments and the rest are given.
    static func one(
        _ arguments: String,
        _ rest: String = "",
        types: String = "{}"
    ) throws -> SignatureFile {
        try file(
            """
            {"library":"libx.so.1","types":\(types),
             "functions":[{"name":"f","arguments":[\(arguments)]\(rest)}]}
            """
        )
    }

    @Test func readsTheLeastThatAFileMayBe() throws {
        let file = try Self.file(#"{"library":"libm.so.6","functions":[{"name":"rand"}]}"#)
        #expect(file.library == .system("libm.so.6"))
        #expect(file.functions[0].symbol == "rand")
        #expect(file.functions[0].result.type == .void)
        #expect(file.words(of: file.functions[0]) == "void rand(void)")
    }

    @Test(arguments: [
        ("libm.functions.json", "libm"), ("a.b.functions.yaml", "a.b"), ("x.functions.yml", "x"),
        (".functions.json", nil), (".x.functions.json", nil), ("x.json", nil), ("x.so", nil),
    ])
    func knowsSignatureFilesByTheirNames(name: String, plugin: String?) {
        #expect(SignatureFile.plugin(ofFile: name) == plugin)
    }

    @Test func laysStructsOutByTheRulesOfC() throws {
        let types = """
            {"inner":{"struct":{"fields":{"a":"int8","b":"double"}}},
             "outer":{"struct":{"fields":{"c":"char","i":"inner","n":"int16[3]","t":"text[5]"}}}}
            """
        let file = try Self.one("\"outer\"", types: types)
        let inner = try #require(file.structure(0))
        let outer = try #require(file.structure(1))
        #expect([inner.size, inner.alignment] == [16, 8])
        #expect(outer.fields.map(\.offset) == [0, 8, 24, 30])
        #expect(outer.size == 40)
        #expect(outer.parts == 1 + 2 + 3 + 5)
    }

    @Test func writesDeclarationsAsCHasThem() throws {
        let file = try Self.one(
            """
            {"name":"dst","type":"bytes","direction":"out"},
            {"name":"n","type":"ulong","direction":"inout","lengthOf":"dst"},
            {"name":"p","type":"point"},{"name":"q","type":"point","direction":"out"},
            {"name":"s","type":"text"},{"name":"v","type":"double"}
            """,
            #","variadicFrom":5,"result":"text""#,
            types: #"{"point":{"struct":{"fields":{"x":"double"}}}}"#
        )
        #expect(
            file.words(of: file.functions[0])
                == "char *f(void *dst, uint64_t *n, struct point p, struct point *q, char *s, ..., "
                + "double v)"
        )
    }

    @Test func letsCallersSayHowMuchRoomThereIsWhereTheFileDoesNot() throws {
        let file = try Self.one(
            """
            {"name":"dst","type":"bytes","direction":"out"},
            {"name":"n","type":"ulong","direction":"inout","lengthOf":"dst"}
            """
        )
        let arguments = file.functions[0].arguments
        #expect(arguments[0].capacity == .argument(1))
        #expect(arguments[0].length == .argument(1))
        #expect(arguments[1].source == .caller)
        #expect(!arguments[1].isTold)
    }

    @Test func givesAManifestToTheHost() throws {
        let file = try Self.file(
            """
            {"plugin":"zed","library":"libz.so.1","permissions":{"network":true},
             "types":{"h":{"handle":{}}},
             "functions":[{"name":"a","limits":{"timeoutMilliseconds":5},
                           "triggers":[{"http":{"method":"GET","path":"/a"}}]},
                          {"name":"b","hidden":true},{"name":"c","summary":"\\"C\\""}]}
            """
        )
        #expect(
            String(decoding: try file.manifest(), as: UTF8.self) == """
                {"plugin":"zed","permissions":{"network":true},"foreign":true,"functions":[\
                {"name":"a","summary":"void a(void)","isolation":"process",\
                "limits":{"concurrency":1,"timeoutMilliseconds":5},\
                "triggers":[{"http":{"method":"GET","path":"/a"}}]},\
                {"name":"c","summary":"\\"C\\"","isolation":"process","limits":{"concurrency":1}}]}
                """
        )
    }

    @Test func anImageTellsItsPartsApart() {
        let head = ForeignImage.head(signatures: 5, library: 300)
        func library(_ head: [UInt8], _ size: Int) -> Range<Int>? {
            ForeignImage.parts(head.span, size: size)?.library
        }
        #expect(library(head, 24 + 305) == 29..<329)
        #expect(library(head, 24 + 304) == nil)
        #expect(library(Array(head.dropLast()), 329) == nil)
        let elf = Array("\u{7f}ELF".utf8) + [UInt8](repeating: 0, count: 60)
        #expect(library(elf, 64) == nil)
        let huge = ForeignImage.magic + [UInt8](repeating: 255, count: 16)
        #expect(library(huge, 24) == nil)
    }
}
