import FunctionModel
import NIOCore
import Testing

struct CloudEventsTests {
    private func read(_ json: String, batch: Bool = false) throws -> [EmittedEvent] {
        try CloudEvents.read(
            ByteBuffer(string: json),
            contentType: batch
                ? "application/cloudevents-batch+json" : "application/cloudevents+json",
            fields: []
        )
    }

    private func event(_ rest: String) -> String {
        #"{"specversion":"1.0","id":"1","source":"/t","type":"a.b"\#(rest)}"#
    }

    @Test func dataKeepItsBytes() throws {
        let data = #"{"z": 1.0, "a": [null]}"#
        let read = try read(event(#","n":7,"flag":true,"subject":null,"data":\#(data)"#))
        #expect(read.map { String(buffer: $0.data) } == [data])
        #expect(read[0].contentType == "application/json")
        #expect(read[0].attributes.extensions == [Field("flag", "true"), Field("n", "7")])
        #expect(read[0].attributes.subject == nil)
    }

    @Test(arguments: [
        (#","data":"x\ty","datacontenttype":"text/plain""#, "x\ty"),
        (#","data":"x""#, #""x""#), (#","data_base64":"aGk=""#, "hi"), ("", ""),
    ])
    func dataAreReadByTheirType(rest: String, data: String) throws {
        #expect(try read(event(rest)).map { String(buffer: $0.data) } == [data])
    }

    @Test(arguments: [
        (#","data":1,"data_base64":"aGk=""#, "both"), (#","data_base64":1"#, "isn't base64"),
        (#","n":1.5"#, "no text"), (#","id":"2""#, "stands twice"), (#","N":1"#, "no attribute"),
        (",", "isn't an event"), (#","data":1,"data":2"#, "stands twice"),
    ])
    func saysWhatIsWrong(rest: String, says: String) {
        #expect {
            _ = try read(event(rest))
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test func manyHaveABound() throws {
        #expect(try read("[\(event("")),\(event(""))]", batch: true).count == 2)
        let many = Array(repeating: "{}", count: 1_001).joined(separator: ",")
        #expect {
            _ = try read("[\(many)]", batch: true)
        } throws: { error in
            "\(error)".contains("at most 1000")
        }
    }
}
