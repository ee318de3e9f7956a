import CellProtocol
import Testing

@Suite(.serialized)
struct StreamingTests {
    private static let window = 256 << 10

    @Test(arguments: [0, 1, 5_000, 262_144, 3_000_001])
    func takesABodyInPiecesAndReportsWhatWasTaken(size: Int) throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let sequence = try worker.invoke("in", bodyContinues: true)
        var sent = 0
        var consumed = 0
        var end: TestWorker.Frame?
        while end == nil {
            if sent < size, sent - consumed < Self.window {
                let count = min(size - sent, 50_000, Self.window - (sent - consumed))
                try send(worker, sequence, count, ends: false)
                sent += count
                continue
            }
            if sent == size {
                try send(worker, sequence, 0, ends: true)
                sent += 1
            }
            guard let frame = try worker.next() else { throw Failure("closed") }
            switch frame.header.kind {
            case .consumed: consumed += Int(try FlowFrame(frame.payload.span.bytes).bytes)
            case .end: end = frame
            default: throw Failure("\(frame.header.kind)")
            }
        }
        let payload = try #require(end)
        let frame = try EndFrame(payload.payload.span.bytes)
        // The two bytes of the command came with the event.
        #expect(payload.text(frame.body) == "\(size + 2)")
        #expect(consumed <= size)
    }

    private func send(_ worker: TestWorker, _ sequence: UInt64, _ count: Int, ends: Bool) throws {
        var writer = FrameWriter()
        BodyFrame.write(to: &writer, slot: 0, sequence: sequence, bodyCount: count, ends: ends)
        writer.raw([UInt8](repeating: 98, count: count))
        try worker.send(writer.bytes)
    }

    @Test func writesNoMoreThanTheCreditAllows() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        let size = 2_000_000
        let sequence = try worker.invoke("out:\(size)")
        let head = try worker.expect(.respond)
        #expect(try RespondFrame(head.payload.span.bytes).status == 201)
        var received = 0
        var credit = Self.window
        while let frame = try worker.next() {
            if frame.header.kind == .end {
                #expect(frame.header.flags & EndFrame.streamed != 0)
                #expect(try EndFrame(frame.payload.span.bytes).code == .succeeded)
                break
            }
            #expect(frame.header.kind == .piece)
            received += frame.payload.count
            #expect(received <= credit)
            if received == credit {
                // Nothing is given until everything that was allowed has come: the worker waits.
                credit += 100_000
                var writer = FrameWriter()
                FlowFrame.write(
                    .credit,
                    to: &writer,
                    slot: 0,
                    sequence: sequence,
                    bytes: 100_000
                )
                try worker.send(writer.bytes)
            }
        }
        #expect(received == size)
    }

    @Test func endsAStreamThatNobodyTakes() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry).ready()
        try worker.invoke(
            "out:2000000",
            limits: .init(timeout: .milliseconds(100), grace: .milliseconds(10))
        )
        _ = try worker.expect(.respond)
        while let frame = try worker.next(), frame.header.kind != .end {
            #expect(frame.header.kind == .piece)
        }
        try cell.awaitEnd(of: worker)
    }
}
