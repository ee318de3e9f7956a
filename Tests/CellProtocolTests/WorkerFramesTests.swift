import CellProtocol
import Testing

@Suite struct WorkerFramesTests {
    @Test func readyAndRefusedComeBack() throws {
        let payload = Sample.payload(Sample.ready)
        let ready = try ReadyFrame(bytes: payload)
        #expect(ready.load == 1)
        #expect(ready.start == .max)
        #expect(ready.functions == 3)
        #expect(Sample.text(ready.manifest, payload) == "{}")
        let refused = try RefusedFrame(bytes: Sample.payload(Sample.refused))
        #expect(refused.kind == "kind")
        #expect(refused.message == "why")
    }

    @Test(arguments: EndCode.allCases) func leaveComesBack(code: EndCode) throws {
        let leave = LeaveFrame(code: code)
        let payload = Sample.payload(Sample.frame { leave.write(to: &$0) })
        #expect(try LeaveFrame(bytes: payload).code == code)
        #expect(throws: ProtocolViolation.trailing(1)) { try LeaveFrame(bytes: payload + [0]) }
    }

    @Test func respondComesBack() throws {
        let payload = Sample.payload(Sample.respond)
        let frame = try RespondFrame(bytes: payload)
        #expect(frame.status == 201)
        #expect(Sample.text(frame.contentType, payload) == "a/b")
        #expect(Sample.pairs(frame.headers, payload) == ["n: v"])
    }

    @Test func logKeepsBytesThatAreNoText() throws {
        let payload = Sample.payload(Sample.log)
        let frame = try LogFrame(bytes: payload)
        #expect(frame.level == 6)
        #expect(frame.time == .min)
        #expect(Sample.pairs(frame.metadata, payload) == ["k: v"])
        #expect(Array(payload[frame.message]) == [0xff, 0xfe])
        #expect(throws: ProtocolViolation.badValue("the log level 7")) {
            try LogFrame(bytes: ([7] + payload.dropFirst()))
        }
    }

    @Test func callComesBack() throws {
        let payload = Sample.payload(Sample.call)
        let frame = try CallFrame(bytes: payload)
        #expect(frame.number == 5)
        #expect(frame.operation == 1)
        #expect(frame.timeout == 6)
        #expect(Sample.text(frame.name, payload) == "other")
        #expect(Sample.text(frame.contentType, payload) == "a/b")
        #expect(frame.options.map { Sample.text($0.name, payload) } == ["expected"])
        #expect(frame.options.map { Sample.text($0.value, payload) } == ["7"])
        #expect(Array(payload[frame.body]) == [1, 2])
    }

    @Test(arguments: EndCode.allCases) func endComesBack(code: EndCode) throws {
        var head = Sample.endHead
        head.code = code
        var writer = FrameWriter()
        head.write(to: &writer, slot: 1, sequence: 2)
        let payload = Sample.payload(writer.bytes)
        let frame = try EndFrame(bytes: payload)
        #expect(frame.code == code)
        #expect(frame.status == 502)
        #expect(frame.retryable)
        #expect(frame.run == .max)
        #expect(frame.cpu == 2)
        #expect(frame.peakMemory == 3)
        #expect(Sample.text(frame.contentType, payload) == "a/b")
        #expect(Sample.pairs(frame.headers, payload) == ["name: value"])
        #expect(Sample.text(frame.errorKind, payload) == "SIGSEGV")
        #expect(Sample.text(frame.errorMessage, payload) == "as asked")
        #expect(frame.frames.map(\.offset) == [0x1234, .max])
        #expect(frame.frames.map { Sample.text($0.image, payload) } == ["", "libc.so.6"])
        #expect(frame.body.isEmpty)
    }

    @Test func endRefusesOtherOutcomesAndStatuses() {
        let payload = Sample.payload(Sample.end)
        #expect(throws: ProtocolViolation.badValue("the outcome 7")) {
            try EndFrame(bytes: ([7] + payload.dropFirst()))
        }
        for status: [UInt8] in [[99, 0], [88, 2], [1, 0]] {
            #expect(throws: ProtocolViolation.self) {
                try EndFrame(bytes: ([0] + status + payload.dropFirst(3)))
            }
        }
    }

    @Test(arguments: Sample.hostMessages) func hostMessageComesBack(message: HostMessage) throws {
        #expect(try HostMessage(bytes: message.encoded()) == message)
        #expect(throws: ProtocolViolation.trailing(1)) {
            try HostMessage(bytes: (message.encoded() + [0]))
        }
    }

    @Test(arguments: Sample.cellMessages) func cellMessageComesBack(message: CellMessage) throws {
        #expect(try CellMessage(bytes: message.encoded()) == message)
        #expect(throws: ProtocolViolation.trailing(1)) {
            try CellMessage(bytes: (message.encoded() + [0]))
        }
    }
}
