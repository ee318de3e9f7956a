import CellProtocol
import Testing

@Suite struct HostFramesTests {
    @Test func headerComesBack() throws {
        for kind in FrameKind.allCases {
            var writer = FrameWriter()
            writer.frame(FrameHeader(kind: kind, flags: 3, slot: 0xabcd, sequence: .max)) {
                $0.raw([1, 2, 3])
            }
            let header = try #require(try FrameHeader(bytes: writer.bytes))
            #expect(
                header
                    == FrameHeader(kind: kind, length: 3, flags: 3, slot: 0xabcd, sequence: .max)
            )
        }
    }

    @Test func headerWaitsForSixteenBytes() throws {
        var writer = FrameWriter()
        writer.frame(FrameHeader(kind: .retire))
        for count in 0..<FrameHeader.size {
            #expect(try FrameHeader(bytes: Array(writer.bytes.prefix(count))) == nil)
        }
    }

    @Test func headerRefusesUnknownKindsAndLengths() {
        for raw in UInt8.min...UInt8.max where FrameKind(rawValue: raw) == nil {
            let bytes: [UInt8] = [0, 0, 0, 0, raw] + [UInt8](repeating: 0, count: 11)
            #expect(throws: ProtocolViolation.unknownKind(raw)) {
                try FrameHeader(bytes: bytes)
            }
        }
        var writer = FrameWriter()
        writer.frame(FrameHeader(kind: .end), trailing: 101)
        #expect(throws: ProtocolViolation.tooLong(101)) {
            try FrameHeader(bytes: writer.bytes, maximum: 100)
        }
    }

    @Test func invokeComesBack() throws {
        let (bytes, head) = (Sample.invoke, Sample.invokeHead)
        let header = try #require(try FrameHeader(bytes: bytes))
        #expect(header.flags == InvokeFrame.bodyContinues)
        let payload = Sample.payload(bytes)
        let frame = try InvokeFrame(bytes: payload)
        #expect(frame.function == head.function)
        #expect(frame.trigger == head.trigger)
        #expect(frame.attempt == head.attempt)
        #expect(frame.deadline == head.deadline)
        #expect(frame.cpuLimit == head.cpuLimit)
        #expect(frame.grace == head.grace)
        #expect(frame.logLimit == head.logLimit)
        #expect(frame.responseLimit == head.responseLimit)
        #expect(frame.received == head.received)
        let texts = [
            frame.id, frame.name, frame.contentType, frame.traceparent, frame.tracestate,
            frame.method, frame.path, frame.query,
        ]
        let expected = [
            head.id, head.name, head.contentType, head.traceparent, head.tracestate,
            head.method, head.path, head.query,
        ]
        #expect(texts.map { Sample.text($0, payload) } == expected)
        #expect(Sample.pairs(frame.headers, payload) == ["accept: */*", "x: ü"])
        #expect(Sample.pairs(frame.parameters, payload) == ["code: LHR"])
        #expect(Sample.text(frame.body, payload) == "body")
    }

    @Test func configureComesBack() throws {
        let frame = try ConfigureFrame(bytes: Sample.payload(Sample.configure))
        #expect(frame.wantsManifest)
        #expect(frame.memoryLimit == 1 << 40)
        #expect(frame.allowsBackground)
        #expect(frame.functionMemoryLimits == [7, 1 << 33])
        #expect(frame.entries.map(\.function) == [0, 65_535])
        #expect(frame.entries.map(\.key) == ["a", ""])
        #expect(frame.entries.map(\.value) == ["b", "ü"])
    }

    @Test func answerComesBack() throws {
        let payload = Sample.payload(Sample.answer)
        let frame = try AnswerFrame(bytes: payload)
        #expect(frame.call == .max)
        #expect(frame.status == 418)
        #expect(frame.number == .max)
        #expect(frame.expires == .min)
        #expect(Sample.text(frame.contentType, payload) == "text/plain")
        #expect(Sample.text(frame.body, payload) == "teapot")
    }

    @Test func flowAndCancelRefuseZero() throws {
        #expect(try FlowFrame(bytes: [255, 255, 255, 255]).bytes == .max)
        #expect(throws: ProtocolViolation.self) { try FlowFrame(bytes: [0, 0, 0, 0]) }
        #expect(throws: ProtocolViolation.trailing(1)) {
            try FlowFrame(bytes: [1, 0, 0, 0, 0])
        }
        #expect(try CancelFrame(bytes: [7]).reason == 7)
        #expect(throws: ProtocolViolation.self) { try CancelFrame(bytes: [0]) }
    }

    @Test func slotWordComesBack() {
        for state in [SlotWord.State.free, .waiting, .started, .recalled] {
            let word = SlotWord(sequence: (1 << 56) - 1, state: state)
            #expect(word.sequence == (1 << 56) - 1)
            #expect(word.state == state)
        }
        #expect(SlotWord(rawValue: 0xff).state == nil)
    }
}
