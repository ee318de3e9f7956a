import Testing

@testable import FunctionModel

@Suite struct TraceContextTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"
    static let given = "00-\(trace)-\(span)-01"

    /// The part of a traceparent between dashes.
    static func part(_ index: Int, _ traceparent: String) -> String {
        String(traceparent.split(separator: "-")[index])
    }

    @Test func isReadAndWrittenUnchanged() throws {
        #expect(try #require(TraceContext(traceparent: Self.given)).traceparent == Self.given)
    }

    @Test func theNextHopHasASpanOfItsOwn() throws {
        let first = try #require(TraceContext(traceparent: Self.given, states: ["a=1"]))
        let (next, other) = (first.next(), first.next())
        for hop in [next, other] {
            #expect(Self.part(1, hop.traceparent) == Self.trace)
            #expect(Self.part(2, hop.traceparent) != Self.span)
            #expect(Self.part(3, hop.traceparent) == "01")
            #expect(hop.state == "a=1")
            #expect(TraceContext(traceparent: hop.traceparent, states: ["a=1"]) == hop)
        }
        #expect(next != other)
    }

    @Test func newTracesAreDifferentAndValid() {
        let traces = (0..<1_000).map { _ in TraceContext().traceparent }
        #expect(Set(traces.map { Self.part(1, $0) }).count == 1_000)
        #expect(traces.allSatisfy { TraceContext(traceparent: $0)?.traceparent == $0 })
    }

    @Test(arguments: [
        "", "00", "nonsense", given.uppercased(), given + "0", given + "-", given + "-00",
        String(given.dropLast()), given.replacing("-01", with: "-0g"),
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "ff-\(trace)-\(span)-01", "0x-\(trace)-\(span)-01", "00_\(trace)-\(span)-01",
        "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01", "01-\(trace)-\(span)-01x",
        "00-\(trace)-\(span)-+1", " \(given)",
    ])
    func whatBreaksTheRulesIsNotContinued(traceparent: String) {
        #expect(TraceContext(traceparent: traceparent) == nil)
    }

    @Test(arguments: [
        ("00-\(trace)-\(span)-00", "00"), ("00-\(trace)-\(span)-fe", "00"),
        ("00-\(trace)-\(span)-ff", "01"), ("cc-\(trace)-\(span)-01", "01"),
        ("cc-\(trace)-\(span)-01-more", "01"),
    ])
    func laterVersionsAndFlagsAreReadAsFarAsTheyAreKnown(given: String, flags: String) throws {
        let read = try #require(TraceContext(traceparent: given))
        #expect(read.traceparent == "00-\(Self.trace)-\(Self.span)-\(flags)")
    }

    static let long = "k=" + String(repeating: "v", count: 200)
    static let states: [(given: [String], kept: String)] = [
        ([], ""), ([""], ""), (["a=1"], "a=1"), (["a=1", "b=2"], "a=1,b=2"),
        ([" a=1 ,\tb=2 ", "", " , "], "a=1,b=2"), (["t@sys=x y"], "t@sys=x y"),
        (["1a_-*/=!"], "1a_-*/=!"), (["a"], ""), (["a="], ""), (["=1"], ""), (["A=1"], ""),
        (["a=1=2"], ""), (["a=1,a=2"], ""), (["a@=1"], ""), (["a@b@c=1"], ""), (["ü=1"], ""),
        (["a=\u{7f}"], ""), (["a=" + String(repeating: "v", count: 257)], ""),
        (
            [(0..<32).map { "k\($0)=1" }.joined(separator: ",")],
            (0..<32).map { "k\($0)=1" }.joined(separator: ",")
        ),
        ([(0..<33).map { "k\($0)=1" }.joined(separator: ",")], ""),
        ([long + ",a=1"], long + ",a=1"),
        ([(0..<3).map { "a\($0)\(long)" }.joined(separator: ",") + ",a=1"], "a=1"),
    ]

    @Test func stateStaysWithinItsBounds() {
        for (given, kept) in Self.states {
            let read = TraceContext(traceparent: Self.given, states: given)
            #expect(read?.state == kept, "\(given)")
        }
        let many = (0..<30).map { "k\($0)=" + String(repeating: "v", count: 30) }
        let state = TraceContext(traceparent: Self.given, states: many)?.state ?? ""
        #expect(state.hasPrefix(many[0] + ",") && (400...512).contains(state.utf8.count))
    }
}
