import ForeignSignatures
import Testing

struct JSONTests {
    private static func tape(_ text: String) throws -> JSONTape {
        var tape = JSONTape()
        try tape.read(Array(text.utf8).span)
        return tape
    }

    @Test func laysADocumentOutFlat() throws {
        let tape = try Self.tape(#" {"a":[1,"x",true],"b":null} "#)
        #expect(
            tape.nodes.map(\.kind) == [.object, .text, .list, .number, .text, .yes, .text, .null]
        )
        #expect(tape[0].count == 2)
        #expect(tape[2].next == 6)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "+1", "1.", ".5", "1e", "nul", "\"\u{1}\"",
        "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"", "[1] 2", "NaN", "'a'", "-",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONTape.Mistake.self) { try Self.tape(text) }
    }

    @Test func refusesWhatIsNestedTooDeep() throws {
        _ = try Self.tape(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        #expect(throws: JSONTape.Mistake.self) {
            try Self.tape(String(repeating: "[", count: 65) + String(repeating: "]", count: 65))
        }
    }

    @Test func readsEscapes() throws {
        let text = Array(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#.utf8)
        var tape = JSONTape()
        try tape.read(text.span)
        let found = tape.string(0, text.span)
        #expect(found == "a\"\\/\u{8}\u{c}\n\r\té😀")
    }

    @Test(arguments: [
        ("0", false, 0 as UInt64), ("-0", true, 0), ("18446744073709551615", false, .max),
        ("-9223372036854775808", true, 1 << 63),
    ])
    func readsIntegersExactly(text: String, isNegative: Bool, magnitude: UInt64) {
        let bytes = Array(text.utf8)
        let found = JSONNumber.integer(bytes.span, bytes.indices)
        #expect(found?.isNegative == isNegative)
        #expect(found?.magnitude == magnitude)
    }

    @Test(arguments: ["18446744073709551616", "1.0", "1e3", "007", "-", "", "0x10", " 1"])
    func takesNothingElseForAnInteger(text: String) {
        let bytes = Array(text.utf8)
        let found = JSONNumber.integer(bytes.span, bytes.indices)
        #expect(found == nil)
    }

    @Test func readsTheNearestDouble() {
        let texts = [
            "0.1", "1e22", "1e23", "123456789012345678", "5e-324", "1.7976931348623157e308",
            "2.2250738585072011e-308", "9007199254740993", "-0.0", "1e400", "0.000001e-5",
            "179769313486231580793728971405301e276",
        ]
        for text in texts {
            let bytes = Array(text.utf8)
            let found = JSONNumber.double(bytes.span, bytes.indices)
            #expect(found?.bitPattern == Double(text)?.bitPattern, "\(text)")
            let float = JSONNumber.float(bytes.span, bytes.indices)
            #expect(float?.bitPattern == Float(text)?.bitPattern, "\(text) as float")
        }
    }

    @Test func writesNumbersThatComeBackExactly() {
        for bits: UInt64 in [0, 1, 1 << 63, 0x3FB9_9999_9999_999A, 0x7FEF_FFFF_FFFF_FFFF] {
            var output = JSONOutput()
            output.double(Double(bitPattern: bits))
            let read = JSONNumber.double(output.bytes.span, output.bytes.indices)
            #expect(read?.bitPattern == bits)
        }
    }

    @Test(arguments: [
        (9_007_199_254_740_991 as Int64, "9007199254740991"),
        (9_007_199_254_740_992, "\"9007199254740992\""), (.min, "\"-9223372036854775808\""),
        (0, "0"), (-7, "-7"),
    ])
    func writesWholeNumbersAsTextsWhereReadersWouldRoundThem(value: Int64, text: String) {
        var output = JSONOutput()
        output.integer(value)
        #expect(String(decoding: output.bytes, as: UTF8.self) == text)
    }

    @Test func keepsTheBitsOfUnusualNumbers() {
        var output = JSONOutput()
        output.double(.nan)
        output.double(Double(bitPattern: 0x7FF0_0000_0000_0001))
        output.float(Float(bitPattern: 0xFFC0_0001))
        output.double(-.infinity)
        #expect(
            String(decoding: output.bytes, as: UTF8.self)
                == "\"NaN\"\"NaN:7ff0000000000001\"\"NaN:ffc00001\"\"-Infinity\""
        )
    }

    @Test(arguments: [
        ([], "\"\""), ([102], "\"Zg==\""), ([102, 111], "\"Zm8=\""), ([0, 255, 16], "\"AP8Q\""),
    ])
    func writesBase64AsTheStandardHasIt(bytes: [UInt8], text: String) {
        var output = JSONOutput()
        Base64.write(bytes.span, to: &output)
        #expect(String(decoding: output.bytes, as: UTF8.self) == text)
        let inner = Array(output.bytes.dropFirst().dropLast())
        var back: [UInt8] = []
        let isSound = Base64.read(inner.span, inner.indices) { back.append($0) }
        #expect(isSound)
        #expect(back == bytes)
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "Z===", "====", "Zm8*", "Zm9=", "Zg==Zg=="])
    func refusesWhatIsNotBase64(text: String) {
        let bytes = Array(text.utf8)
        let isSound = Base64.read(bytes.span, bytes.indices) { _ in }
        #expect(!isSound)
    }
}
