import Testing

@testable import Platform

struct DemanglingTests {
    @Test(arguments: [
        ("$s5Hello5helloyyF", "Hello.hello() -> ()"),
        ("$s4main3BoxV3valSivg", "main.Box.val.getter : Swift.Int"),
        ("main", "main"),
        ("$snonsense", "$snonsense"),
        ("", ""),
    ])
    func makesSwiftSymbolsReadable(_ symbol: String, _ readable: String) {
        #expect(Demangling.readable(symbol) == readable)
    }

    @Test func cutsWhatIsTooLong() {
        let name = String(repeating: "x", count: 9_000)
        #expect(Demangling.readable("$s5Hello\(name.utf8.count)\(name)yyF").utf8.count < 4_096)
    }
}
