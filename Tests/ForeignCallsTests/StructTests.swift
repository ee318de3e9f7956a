import ForeignCalls
import Testing

/// Structs, results in arguments, handles, callbacks, and what belongs to whom.
@Suite(.serialized)
struct StructTests {
    private static let outer = """
        {"flag":255,"inner":{"small":-128,"wide":5e-324},"list":[-32768,0,32766],"name":"seven77",\
        "raw":"AP8=","pair":[{"small":1,"wide":-0.0},{"small":2,"wide":"Infinity"}],"colour":"red"}
        """

    @Test func structsGoByValueAndByPointer() throws {
        let library = try TestLibrary.limits()
        #expect(library.reply("same_outer", "[\(Self.outer)]") == "{\"result\":\(Self.outer)}")
        #expect(
            library.reply("swapped", #"[{"x":0.1,"y":-1.5}]"#) == #"{"result":{"x":-1.5,"y":0.1}}"#
        )
        let mixed = #"{"i":-2147483648,"f":1e-45,"d":1.7976931348623157e+308}"#
        #expect(library.reply("same_mixed", "[\(mixed)]") == "{\"result\":\(mixed)}")
        let grown = library.reply("grow", "[\(Self.outer)]")
        #expect(grown.contains("\"wide\":1e-323"))
        #expect(grown.contains("[-32768,0,32767]"))
        #expect(library.reply("wide_of", "[null]") == "{\"result\":-1}")
        #expect(library.reply("wide_of", "[\(Self.outer)]") == "{\"result\":0}")
        #expect(library.reply("make_outer", "[]").contains(#""name":"made""#))
    }

    /// libffi copies a large one, and forgets where it was.
    @Test func largeStructsGoByValueAgainAndAgain() throws {
        let library = try TestLibrary.limits()
        for flag in 0..<100 {
            let value = Self.outer.replacing("\"flag\":255", with: "\"flag\":\(flag)")
            #expect(library.reply("same_outer", "[\(value)]") == "{\"result\":\(value)}")
        }
    }

    @Test(arguments: [
        (#"{"x":1}"#, "/args/0/y", "a value"),
        (#"{"x":1,"y":2,"z":3}"#, "/args/0/z", "no field of this name"),
        (#"{"x":1,"x":1,"y":2}"#, "/args/0/x", "one value"), ("[1,2]", "/args/0", "an object"),
        (#"{"x":"a","y":2}"#, "/args/0/x", "a number"),
    ])
    func refusesWrongFields(value: String, pointer: String, words: String) throws {
        let reply = try TestLibrary.limits().call("swapped", "{\"args\":[\(value)]}")
        #expect(reply.status == 400)
        #expect(reply.body.contains("\"pointer\":\"\(pointer)\""), "\(reply.body)")
        #expect(reply.body.contains("\"expected\":\"\(words)"), "\(reply.body)")
    }

    @Test(arguments: [
        (#"{"args":[]}"#, "/args", "a list of 1 arguments"), ("[]", "", "an object"),
        (#"{"args":[1,2]}"#, "/args", "a list of 1"),
        (#"{"args":{"b":1}}"#, "/args/b", "no argument of this name"),
        (#"{"args":[1],"x":1}"#, "/x", "the member"), (#"{"args":5}"#, "/args", "a list of 1"),
        (#"{"args":{}}"#, "/args/argument1", "a value"), ("{", "", "JSON such as"),
        (#"{"args":{"argument1":1,"argument1":1}}"#, "/args/argument1", "one value"),
    ])
    func refusesWrongRequests(body: String, pointer: String, words: String) throws {
        let reply = try TestLibrary.limits().call("same_int8", body)
        #expect(reply.status == 400)
        #expect(reply.body.contains("\"pointer\":\"\(pointer)\""), "\(reply.body)")
        #expect(reply.body.contains("\"expected\":\"\(words)"), "\(reply.body)")
    }

    @Test func argumentsThatComeOutAreNamed() throws {
        let library = try TestLibrary.limits()
        #expect(
            library.reply("out_all", "[]")
                == #"{"result":0,"out":{"a":-128,"b":"18446744073709551615","c":-0.0,"d":true,"e":"out"}}"#
        )
        #expect(library.reply("twice", "[21]") == #"{"result":null,"out":{"value":42}}"#)
        #expect(library.reply("maybe", "[1]") == "{\"result\":42}")
        #expect(library.reply("maybe", "[0]") == "{\"result\":null}")
        #expect(library.call("surely", #"{"args":[0]}"#).status == 404)
        #expect(library.call("nothing").body == "{\"result\":null}")
    }

    @Test func failuresAreToldInTheLibrarysWords() throws {
        let library = try TestLibrary.limits()
        let errno = library.call("fails_with_errno", #"{"args":[2]}"#)
        #expect(errno.status == 500)
        #expect(errno.body.contains("No such file or directory (-1)"), "\(errno.body)")
        let code = library.call("fails_with_code", #"{"args":[3]}"#)
        #expect(code.status == 422)
        #expect(code.body.contains("three is too many (3)"), "\(code.body)")
        #expect(library.reply("fails_with_code", "[0]") == "{\"result\":0}")
    }

    @Test func whatTheLibraryGivesIsFreedOnce() throws {
        let library = try TestLibrary.limits()
        func count() -> Int {
            Int(library.call("release_count").body.filter(\.isNumber)) ?? -1
        }
        // The library is one for all tests of the process.
        let before = count()
        func released() -> Int { count() - before }
        #expect(library.reply("copied", #"["mine"]"#) == #"{"result":"mine"}"#)
        #expect(released() == 1)
        #expect(library.reply("copy_out", #"["mine"]"#) == #"{"result":0,"out":{"copy":"mine"}}"#)
        #expect(released() == 2)
        #expect(library.call("copied", #"{"args":[1]}"#).status == 400)
        #expect(released() == 2)
    }

    @Test func handlesLiveBetweenCalls() throws {
        let library = try TestLibrary.limits()
        func living() -> String { library.call("counters_living").body }
        let made = library.reply("counter_new", "[7]")
        let token = String(made.dropFirst(11).dropLast(2))
        #expect(token.hasPrefix("counter-"))
        #expect(library.reply("counter_next", "[\"\(token)\"]") == "{\"result\":7}")
        #expect(library.reply("counter_next", "[\"\(token)\"]") == "{\"result\":8}")
        #expect(living() == "{\"result\":1}")
        let otherWorker = try TestLibrary.limits()
        #expect(otherWorker.call("counter_next", "{\"args\":[\"\(token)\"]}").status == 400)
        for wrong in ["\(token)0", "counter-1-1", "", "local-" + token.dropFirst(8)] {
            #expect(library.call("counter_next", "{\"args\":[\"\(wrong)\"]}").status == 400)
        }
        #expect(library.call("local_next", "{\"args\":[\"\(token)\"]}").status == 400)
        #expect(library.reply("counter_free", "[\"\(token)\"]") == "{\"result\":null}")
        #expect(library.call("counter_free", "{\"args\":[\"\(token)\"]}").status == 400)
        #expect(living() == "{\"result\":0}")
        #expect(library.call("counter_new", #"{"args":[-1]}"#).status == 500)
        // One that came out of a call which failed is ended at once.
        #expect(library.call("counter_make", #"{"args":[-1]}"#).status == 500)
        #expect(living() == "{\"result\":0}")
    }

    @Test func handlesInTheCallersMemoryAndTheirEnd() throws {
        let library = try TestLibrary.limits()
        #expect(library.call("local_begin", #"{"args":[-1]}"#).status == 500)
        let made = library.reply("local_begin", "[3]")
        #expect(made.hasPrefix(#"{"result":0,"out":{"local":"local-"#), "\(made)")
        _ = library.reply("local_begin", "[4]")
        _ = library.reply("counter_new", "[5]")
        #expect(library.call("counters_living").body == "{\"result\":3}")
        library.plugin.drain()
        #expect(library.call("counters_living").body == "{\"result\":0}")
    }

    @Test func callbacksCollectForwardAndAreChecked() throws {
        let library = try TestLibrary.limits()
        #expect(
            library.reply("each", "[[5,-6]]") == #"{"result":null,"out":{"visited":"#
                + #"[{"value":5,"parity":"even"},{"value":-6,"parity":"odd"}]}}"#
        )
        #expect(library.reply("apply", #"["half",5]"#) == #"{"result":2.5,"out":{}}"#)
        #expect(library.call("apply", #"{"args":["same_int8",5]}"#).status == 400)
        #expect(library.reply("apply", #"["same_double",5]"#) == #"{"result":5.0,"out":{}}"#)
    }

    @Test(arguments: [
        ("gone", "has no function 'gone'"), ("variable", "has a variable 'variable'"),
    ])
    func missingSymbolsAreRefusedInWords(symbol: String, words: String) throws {
        let json = #"{"library":{"file":"liblimits.so"},"functions":[{"name":"\#(symbol)"}]}"#
        do {
            _ = try TestLibrary(try TestLibrary.built.get(), signatures: Array(json.utf8))
            Issue.record("it was taken")
        } catch let refusal as ForeignRefusal {
            #expect(refusal.kind == "missingSymbol")
            #expect(refusal.words.contains(words))
        }
    }

    @Test func theFilesOwnValuesAreCheckedAtTheStart() throws {
        let json = """
            {"library":{"file":"liblimits.so"},"functions":[
              {"name":"same_int8","arguments":[{"type":"int8","default":300}],"result":"int8"}]}
            """
        do {
            _ = try TestLibrary(try TestLibrary.built.get(), signatures: Array(json.utf8))
            Issue.record("it was taken")
        } catch let refusal as ForeignRefusal {
            #expect(refusal.words.contains("has to be an integer from -128 to 127, and is 300"))
        }
    }
}
