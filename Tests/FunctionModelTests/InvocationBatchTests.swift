import FunctionModel
import NIOCore
import Testing

struct InvocationBatchTests {
    private func read(_ json: String, anyDestination: Bool = false) throws -> [Submission] {
        try InvocationBatch(
            json: ByteBuffer(string: json),
            caller: "somebody",
            anyDestination: anyDestination
        ) { name in
            do { return name == "gone" ? nil : try FunctionName("shop." + name) } catch {
                return nil
            }
        }.submissions
    }

    @Test func readsPayloadsAndWishes() throws {
        let read = try read(
            """
            {"invocations": [
              {"function": "mail", "payload": {"to": ["a", null, 9007199254740993, 1.5, true]}},
              {"function": "mail", "text": "hi", "delay": "5s", "priority": 3, "idempotencyKey": "k"},
              {"function": "raw", "base64": "AAE=", "contentType": "image/x"},
              {"function": "raw"}
            ]}
            """
        )
        #expect(read.count == 4)
        #expect(
            String(buffer: read[0].invocation.body)
                == #"{"to": ["a", null, 9007199254740993, 1.5, true]}"#
        )
        #expect(read[0].invocation.contentType == "application/json")
        #expect(String(buffer: read[1].invocation.body) == "hi")
        #expect(read[1].wishes.delay == .seconds(5))
        #expect(read[1].wishes.priority == 3)
        #expect(read[1].key == "k")
        #expect(read[1].caller == "somebody")
        #expect(read[2].invocation.body == ByteBuffer(bytes: [0, 1]))
        #expect(read[2].invocation.contentType == "image/x")
        #expect(read[3].invocation.function.description == "shop.raw")
        #expect(Set(read.map(\.invocation.id)).count == 4)
    }

    @Test(arguments: [
        ("no JSON", "the body isn't JSON"), ("[]", "the body isn't JSON"),
        (#"{"invocations": []}"#, "1 to 1000"),
        (#"{"invocations": [{"function": "a"}, {"payload": 1}]}"#, "invocations[1]: it names no"),
        (#"{"invocations": [{"function": "gone"}]}"#, "invocations[0]: no function 'gone'"),
        (#"{"invocations": [{"function": "a", "delya": "1s"}]}"#, "invocations[0]: 'delya' is"),
        (#"{"invocations": [{"function": "a", "delay": "soon"}]}"#, "invocations[0]: Roost-Delay"),
        (#"{"invocations": [{"function": "a", "base64": "?"}]}"#, "isn't base64"),
        (#"{"invocations": [{"function": "a", "text": "", "payload": 1}]}"#, "more than one"),
        (#"{"invocations": [{"function": "a", "onSuccess": "function:a.b"}]}"#, "only URLs can"),
        (#"{"invocations": [{"function": "a", "function": "b"}]}"#, "'function' stands twice"),
        (#"{"invocations": [{"function": "a", "idempotencyKey": ""}]}"#, "has 1 to 255 bytes"),
        (#"{"invocations": [{"function": "a", "text": 1}]}"#, "'text' isn't a text"),
        (#"{"invocations": [[]]}"#, "invocations[0]: it isn't an object"),
    ])
    func saysWhereTheFirstMistakeIs(json: String, says: String) {
        #expect {
            _ = try read(json)
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    /// What another process would write in another order has the same fingerprint only so.
    @Test func aPayloadKeepsItsBytes() throws {
        let names = (0..<40).map { #""n\#($0)" : \#($0)"# }.joined(separator: " ,")
        let payload = #"{"z":1.0,"a":1e2, "é":"\u00e9","twice":1,"twice":2,\#(names)}"#
        let read = try read(#"{"invocations":[{"payload": \#(payload) ,"function":"a"}]}"#)
        #expect(read.map { String(buffer: $0.invocation.body) } == [payload])
    }

    @Test func isBounded() {
        let many = Array(repeating: #"{"function":"a"}"#, count: 1_001).joined(separator: ",")
        #expect(throws: BatchProblem.self) { _ = try read("{\"invocations\":[\(many)]}") }
        let large = String(repeating: "x", count: (1 << 20) + 1)
        #expect {
            _ = try read(#"{"invocations":[{"function":"a","text":"\#(large)"}]}"#)
        } throws: { error in
            "\(error)".contains("larger than")
        }
    }

    @Test func operatorsMayNameAnyDestination() throws {
        let json = #"{"invocations": [{"function": "a", "onSuccess": "function:a.b"}]}"#
        #expect(try read(json, anyDestination: true).count == 1)
    }
}
