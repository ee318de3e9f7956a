import CellProtocol
import Testing

@Suite(.serialized)
struct ServingTests {
    @Test func echoesAndKeepsTheProcess() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry, wantsManifest: true)
        let ready = try worker.expect(.ready)
        let frame = try ReadyFrame(ready.payload.span.bytes)
        #expect(frame.functions == 1)
        #expect(ready.text(frame.manifest).contains("subject"))
        for round in 0..<100 {
            let end = try worker.call("echo:\(round)")
            #expect(end.code == .succeeded)
            #expect(end.body == "echo:\(round)")
        }
        #expect(try worker.call("pid").body == "\(cell.process)")
        try worker.retire()
        #expect(try cell.awaitEnd(of: worker) == [])
    }

    @Test func givesFailuresAsTheFunctionPutThem() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call("fail")
        #expect(end.code == .failed)
        #expect(end.status == 418)
        #expect(end.kind == "Teapot")
        #expect(end.message == "short")
        #expect(try worker.call("nothing").kind == "noReply")
        #expect(try worker.call("echo").code == .succeeded)
    }

    @Test func refusesAResponseBeyondItsLimit() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let end = try worker.call("echo:0123456789", limits: .init(response: 10))
        #expect(end.code == .failed)
        #expect(end.kind == "responseTooLarge")
    }

    @Test func carriesLargeBodiesBothWays() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let body = "echo:" + String(repeating: "x", count: 3 << 20)
        // The reply only comes when all of the request has been taken.
        #expect(try worker.call(body).body == body)
        #expect(try worker.call("echo").body == "echo")
    }

    @Test func runsAWindowInOrderAndSkipsWhatWasRecalled() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        var bytes: [UInt8] = []
        var kept: [UInt64] = []
        for slot in 0..<UInt16(6) {
            let (sequence, frame) = worker.invocation("echo:\(slot)", slot: slot)
            if slot % 3 == 1 {
                worker.setState(slot, sequence, .recalled)
            } else {
                kept.append(sequence)
            }
            bytes += frame
        }
        try worker.send(bytes)
        for sequence in kept { #expect(try worker.end().sequence == sequence) }
        #expect(worker.state(1) == .recalled)
        #expect(worker.state(0) == .started)
        #expect(try worker.call("echo:last").body == "echo:last")
    }

    @Test func givesConfigurationByFunction() throws {
        let cell = try TestCell()
        let values = [
            (function: 0, key: "city", value: "Ulm"), (function: 1, key: "x", value: "y"),
        ]
        let worker = try cell.start(
            Subject.path(),
            entry: Subject.entry,
            configuration: values
        ).ready()
        #expect(try worker.call("configuration:city").body == "Ulm")
        #expect(try worker.call("configuration:x").body == "none")
    }

    @Test func callsAnotherFunctionThroughTheHost() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let sequence = try worker.invoke("call:other.function")
        let frame = try worker.expect(.call)
        let call = try CallFrame(frame.payload.span.bytes)
        #expect(frame.text(call.name) == "other.function")
        #expect(frame.text(call.body) == "question")
        var writer = FrameWriter()
        AnswerFrame.write(
            to: &writer,
            slot: 0,
            sequence: sequence,
            call: call.number,
            status: 207,
            contentType: "a/b",
            bodyCount: 6
        )
        writer.raw(Array("answer".utf8))
        try worker.send(writer.bytes)
        #expect(try worker.end().body == "207 answer")
    }

    @Test(arguments: [100, 20 << 10, 100 << 10])
    func lendsAnAnswerThroughoutItsCallback(size: Int) throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("pumping")
        for (name, byte) in [("first", UInt8(ascii: "1")), ("second", UInt8(ascii: "2"))] {
            let frame = try worker.expect(.call)
            let call = try CallFrame(frame.payload.span.bytes)
            #expect(frame.text(call.name) == name)
            var writer = FrameWriter()
            AnswerFrame.write(
                to: &writer,
                slot: 0,
                sequence: frame.header.sequence,
                call: call.number,
                status: 200,
                contentType: "",
                bodyCount: size
            )
            writer.raw([UInt8](repeating: byte, count: size))
            try worker.send(writer.bytes)
        }
        #expect(try worker.end().body == "\(size)")
    }

    @Test func callsBackAfterADelay() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        for _ in 0..<3 { #expect(try worker.call("later").body == "later") }
    }

    @Test func keepsInvocationsThatComeWhileOneIsSuspended() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("call:f", slot: 0)
        let call = try worker.expect(.call)
        try worker.invoke("echo:next", slot: 1)
        var writer = FrameWriter()
        AnswerFrame.write(
            to: &writer,
            slot: 0,
            sequence: call.header.sequence,
            call: 1,
            status: 200,
            contentType: "",
            bodyCount: 0
        )
        try worker.send(writer.bytes)
        #expect(try worker.end().body == "200 ")
        #expect(try worker.end().body == "echo:next")
    }

    @Test func capturesOutputAsLogLines() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let sequence = try worker.invoke("print:words")
        var lines: [String] = []
        while let frame = try worker.next(), frame.header.kind == .log {
            let log = try LogFrame(frame.payload.span.bytes)
            #expect(frame.header.sequence == sequence)
            lines.append("\(log.level) \(frame.text(log.message))")
        }
        #expect(lines == ["5 words", "6 e-words"])
    }

    @Test func capturesOutputOfThreadsThatThePluginMakes() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("aside")
        let frame = try #require(try worker.next())
        let log = try LogFrame(frame.payload.span.bytes)
        #expect(frame.text(log.message).hasPrefix("from aside"))
        #expect(try worker.end().body == "joined")
    }

    @Test func cutsTheLogAtItsLimitAndSaysSo() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke("log:100", limits: .init(log: 55))
        var lines: [String] = []
        while let frame = try worker.next(), frame.header.kind == .log {
            lines.append(frame.text(try LogFrame(frame.payload.span.bytes).message))
        }
        #expect(lines.count == 6)
        #expect(lines.last?.contains("limit of 55 bytes") == true)
    }
}
