import ForeignCalls
import Testing

/// Every type at its limits, there and back.
@Suite(.serialized)
struct LimitTests {
    @Test func everyScalarKeepsItsLimits() throws {
        let library = try TestLibrary.limits()
        let table: [(String, [String])] = [
            ("bool", ["true", "false"]), ("int8", ["-128", "127", "0"]), ("uint8", ["0", "255"]),
            ("int16", ["-32768", "32767"]), ("uint16", ["0", "65535"]),
            ("int32", ["-2147483648", "2147483647"]), ("uint32", ["0", "4294967295"]),
            (
                "int64",
                [
                    "9007199254740991", "-9007199254740991", "\"9007199254740992\"",
                    "\"-9223372036854775808\"", "\"9223372036854775807\"",
                ]
            ),
            ("uint64", ["0", "\"18446744073709551615\""]),
            ("size", ["\"18446744073709551615\""]),
            (
                "float",
                [
                    "0.1", "-0.0", "3.4028235e+38", "1e-45", "\"NaN\"", "\"Infinity\"",
                    "\"-Infinity\"", "\"NaN:ffc00001\"", "\"NaN:7f800001\"",
                ]
            ),
            (
                "double",
                [
                    "0.1", "-0.0", "1.7976931348623157e+308", "5e-324", "\"NaN\"",
                    "\"Infinity\"", "\"-Infinity\"", "\"NaN:7ff0000000000001\"",
                ]
            ),
            ("colour", ["\"red\"", "\"green\"", "\"blue\""]),
        ]
        for (type, values) in table {
            for value in values {
                #expect(library.reply("same_\(type)", "[\(value)]") == "{\"result\":\(value)}")
            }
        }
    }

    @Test(arguments: [
        ("same_int8", "128", "an integer from -128 to 127"), ("same_int8", "-129", "an integer"),
        ("same_uint8", "-1", "an integer from 0 to 255"), ("same_uint8", "256", "an integer"),
        ("same_int64", "9223372036854775808", "an integer"),
        ("same_uint64", "18446744073709551616", "an integer"), ("same_int32", "1.0", "an integer"),
        ("same_int32", "1e2", "an integer"), ("same_int32", "true", "an integer"),
        ("same_int32", "null", "an integer"), ("same_bool", "1", "true or false"),
        ("same_float", "1e39", "a number up to"), ("same_double", "1e400", "a number"),
        ("same_double", "\"0.5\"", "a number"),
        ("same_double", "\"NaN:3ff0000000000000\"", "a number"),
        ("same_colour", "\"pink\"", "one of \\\"red\\\""), ("same_colour", "8", "one of"),
        ("bounded", "6", "from -5 to 5"), ("strict_text", "\"12345\"", "at most 4 bytes"),
        ("strict_text", "null", "a text"), ("strict_text", "\"a\\u0000b\"", "a text without NUL"),
        ("strict_text", "5", "a text"), ("sum_bytes", "\"Zg\"", "bytes in Base64"),
    ])
    func refusesWhatATypeDoesNotHold(name: String, value: String, words: String) throws {
        let library = try TestLibrary.limits()
        let reply = library.call(name, "{\"args\":[\(value)]}")
        #expect(reply.status == 400)
        #expect(reply.body.contains("\"pointer\":\"/args/0\""), "\(reply.body)")
        #expect(reply.body.contains("\"expected\":\"\(words)"), "\(reply.body)")
    }

    @Test func takesWholeNumbersAsTextsAndConstantsByName() throws {
        let library = try TestLibrary.limits()
        #expect(library.reply("same_uint8", "[\"LIMIT\"]") == "{\"result\":255}")
        #expect(library.reply("same_uint64", "[\"HUGE\"]") == #"{"result":"18446744073709551615"}"#)
        #expect(library.reply("same_double", "[\"HALF\"]") == "{\"result\":0.5}")
        #expect(library.reply("same_int8", "[\"-128\"]") == "{\"result\":-128}")
        #expect(library.reply("same_colour", "[7]") == "{\"result\":\"blue\"}")
        #expect(library.call("same_int8", #"{"args":["LIMIT"]}"#).status == 400)
    }

    @Test func textsAreUnicodeOrSaidToBeOther() throws {
        let library = try TestLibrary.limits()
        #expect(
            library.reply("same_text", "[\"grüß \\ud83d\\ude00\\n\"]") == #"{"result":"grüß 😀\n"}"#
        )
        #expect(library.reply("same_text", "[\"\"]") == #"{"result":""}"#)
        #expect(library.reply("same_text", "[null]") == #"{"result":null}"#)
        #expect(library.reply("length_of", "[null]") == #"{"result":"18446744073709551615"}"#)
        #expect(library.reply("length_of", "[\"\\u00e9\"]") == "{\"result\":2}")
        #expect(library.reply("not_unicode", "[]") == #"{"result":{"base64":"//4="}}"#)
    }

    @Test func buffersComeAndGoWhole() throws {
        let library = try TestLibrary.limits()
        #expect(library.reply("sum_bytes", #"["AP8Q"]"#) == "{\"result\":271}")
        #expect(library.reply("sum_bytes", #"[{"text":"az"}]"#) == "{\"result\":219}")
        #expect(library.reply("sum_bytes", #"[""]"#) == "{\"result\":0}")
        #expect(library.reply("sum_bytes", "[null]") == "{\"result\":4294967295}")
        #expect(library.reply("sum_bytes", #"["AP8Q",2]"#) == "{\"result\":255}")
        let reversed = #"{"result":3,"out":{"reversed":"EP8A"}}"#
        #expect(library.reply("reverse", #"["AP8Q",100]"#) == reversed)
        #expect(library.call("reverse", #"{"args":["AP8Q",2]}"#).status == 500)
        #expect(library.reply("invert", #"["AP8="]"#) == #"{"result":null,"out":{"bytes":"/wA="}}"#)
    }

    @Test func rawBodiesStandForBytes() throws {
        let library = try TestLibrary.limits()
        let octets = "application/octet-stream"
        #expect(library.call("sum_bytes", "az", type: octets).body == "{\"result\":219}")
        #expect(library.call("raw_reverse", "abc", type: octets).body == "cba")
        #expect(library.call("length_of", "four", type: "text/plain").body == "{\"result\":4}")
        #expect(library.call("length_of", "a\0b", type: "text/plain").status == 400)
        #expect(library.call("same_int8", "", query: "argument1=-7").body == "{\"result\":-7}")
        #expect(
            library.call("same_text", query: "text=a%20%C3%A9%26").body == #"{"result":"a é&"}"#
        )
    }

    @Test func aListOfTextsHasNoHoles() throws {
        let library = try TestLibrary(
            "libc.so.6",
            signatures: Array(
                #"{"library":"libc.so.6","functions":[{"name":"strlen","arguments":["text[]"]}]}"#
                    .utf8
            )
        )
        let reply = library.call("strlen", #"{"args":[["a",null]]}"#)
        #expect(reply.status == 400)
        #expect(reply.body.contains("\"pointer\":\"/args/0/1\""), "\(reply.body)")
    }

    @Test func listsKeepEveryElement() throws {
        let library = try TestLibrary.limits()
        let values = #"["-9223372036854775808",9223372036854775807,"2"]"#
        #expect(library.reply("sum_int64", "[\(values)]") == "{\"result\":1}")
        #expect(library.reply("sum_int64", "[[]]") == "{\"result\":0}")
        let first = #"{"result":3,"out":{"values":[65535,65534,65533]}}"#
        #expect(library.reply("first_n", "[3]") == first)
        #expect(library.call("first_n", #"{"args":[1001]}"#).body.contains("/args/0"))
        let bad = library.call("sum_int64", #"{"args":[[1,"x"]]}"#)
        #expect(bad.body.contains("\"pointer\":\"/args/0/1\""))
        let mixed = #"[[{"i":1,"f":0.5,"d":0.25},{"i":-1,"f":0,"d":2}]]"#
        #expect(library.reply("sum_mixed", mixed) == "{\"result\":2.75}")
    }
}
