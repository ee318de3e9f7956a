import CellProtocol
import FunctionModel
import NIOCore
import Testing

@testable import CellSupervision

/// What a worker that lies can make the host keep: never more than a stated amount.
@Suite struct WorkerBoundsTests {
    private func running() throws -> WorkerChannelState<Int> {
        var state = WorkerChannelState<Int>()
        var writer = FrameWriter()
        ReadyFrame.write(to: &writer, load: 1, start: 1, functions: 1, manifest: [])
        _ = try receive(writer, &state)
        _ = state.submit(7, bodyBytes: 0, logLimit: 1_024)
        return state
    }

    @discardableResult
    private func receive(
        _ writer: FrameWriter,
        _ state: inout WorkerChannelState<Int>
    ) throws -> WorkerChannelState<Int>.Event {
        let header = try #require(try FrameHeader(writer.bytes.span.bytes))
        let payload = Array(writer.bytes.dropFirst(FrameHeader.size))
        return try state.receive(header, payload.span.bytes)
    }

    private func call(_ number: UInt32) -> FrameWriter {
        var writer = FrameWriter()
        CallFrame.write(
            to: &writer,
            slot: 0,
            sequence: 1,
            number: number,
            operation: HostOperation.invoke.rawValue,
            timeout: 0,
            name: "a.b",
            contentType: "",
            bodyCount: 0
        )
        return writer
    }

    @Test func answersThatAreNotReadCountAsOpenCalls() throws {
        var state = try running()
        for number in 0..<UInt32(state.limits.openCalls) {
            try receive(call(number), &state)
            let isWanted = state.answer(at: 0, call: number)
            #expect(isWanted)
        }
        #expect(throws: ProtocolViolation.self) { try receive(call(1_000), &state) }
        state.answerWritten()
        try receive(call(1_001), &state)
    }

    @Test func whatIsNotWrittenCanNotBeConsumed() throws {
        var state = try running()
        var consumed = FrameWriter()
        FlowFrame.write(.consumed, to: &consumed, slot: 0, sequence: 1, bytes: 10)
        var before = state
        #expect(throws: ProtocolViolation.self) { try receive(consumed, &before) }
        state.bodyWritten(1, bytes: 10)
        try receive(consumed, &state)
    }

    @Test func creditIsSentInPortions() throws {
        var state = try running()
        let portion = state.limits.creditPortion
        var sent = 0
        for _ in 1..<portion { sent += state.grantCredit(at: 0, bytes: 1) }
        #expect(sent == 0)
        sent = state.grantCredit(at: 0, bytes: 1)
        #expect(sent == portion)
        #expect(state.entries[0].credit == state.limits.initialCredit + portion)
    }

    @Test(arguments: [
        (message: 1_100, fields: []),
        (message: 0, fields: [("k", String(repeating: "v", count: 1_100))]),
    ])
    func valuesOfLogLinesCountAsTheirText(
        _ line: (message: Int, fields: [(name: String, value: String)])
    ) throws {
        var state = try running()
        var writer = FrameWriter()
        LogFrame.write(
            to: &writer,
            slot: 0,
            sequence: 1,
            level: 2,
            time: 0,
            metadata: line.fields,
            message: [UInt8](repeating: 65, count: line.message)
        )
        guard case .logged = try receive(writer, &state) else { throw Missed() }
        guard case .dropped = try receive(writer, &state) else { throw Missed() }
    }

    @Test func printingOutsideOfInvocationsIsBoundedFromOneEndToTheNext() throws {
        var state = try running()
        var log = FrameWriter()
        let text = [UInt8](repeating: 65, count: 1 << 20)
        LogFrame.write(to: &log, level: 5, time: 0, message: text)
        for _ in 0..<20 { try receive(log, &state) }
        var end = FrameWriter()
        EndHead(code: .succeeded).write(to: &end, slot: 0, sequence: 1)
        try receive(end, &state)
        for _ in 0..<20 { try receive(log, &state) }
        #expect(throws: ProtocolViolation.self) { for _ in 0..<20 { try receive(log, &state) } }
    }

    @Test func errorsAreKeptUpToABound() throws {
        var head = EndHead(code: .failed)
        head.errorKind = String(repeating: "k", count: 100_000)
        head.errorMessage = String(repeating: "m", count: 1_000_000)
        var writer = FrameWriter()
        head.write(to: &writer, slot: 0, sequence: 1)
        let payload = Array(writer.bytes.dropFirst(FrameHeader.size))
        let frame = try EndFrame(payload.span.bytes)
        let result = WorkerResults(payload: ByteBuffer(bytes: payload))
            .result(frame, responded: false, elapsed: .seconds(1))
        let error = try #require(result.error)
        #expect(error.kind.utf8.count <= WorkerResults.Bounds.word + 8)
        #expect(error.message.utf8.count <= WorkerResults.Bounds.errorMessage + 8)
    }

    @Test func aCellIsBelievedNoTimeBeyondTheHostsOwn() throws {
        var head = EndHead(code: .succeeded)
        head.run = .max
        head.cpu = .max
        var writer = FrameWriter()
        head.write(to: &writer, slot: 0, sequence: 1)
        let payload = Array(writer.bytes.dropFirst(FrameHeader.size))
        let frame = try EndFrame(payload.span.bytes)
        let results = WorkerResults(payload: ByteBuffer(bytes: payload))
        let usage = results.result(frame, responded: false, elapsed: .seconds(2)).usage
        #expect(usage.run == .seconds(2))
        #expect(usage.cpu == .seconds(2) * System.coreCount)
        let none = results.result(frame, responded: false, elapsed: .nanoseconds(-1)).usage
        #expect(none.run == .zero)
    }

    private struct Missed: Error {}
}
