import CellProtocol
import FunctionModel
import NIOCore
import Testing

@testable import CellSupervision

@Suite struct WorkerChannelStateTests {
    private typealias State = WorkerChannelState<Int>

    private func running(jobs: Int = 1) throws -> State {
        var state = State()
        try receive(&state) {
            ReadyFrame.write(to: &$0, load: 1, start: 1, functions: 1, manifest: [])
        }
        for job in 0..<jobs { _ = state.submit(job, bodyBytes: 4, logLimit: 1_024) }
        return state
    }

    @discardableResult
    private func receive(
        _ state: inout State,
        _ write: (inout FrameWriter) -> Void
    ) throws -> State.Event {
        var writer = FrameWriter()
        write(&writer)
        let bytes = writer.bytes
        let header = try #require(try FrameHeader(bytes.span.bytes))
        let payload = Array(bytes.dropFirst(FrameHeader.size))
        return try state.receive(header, payload.span.bytes)
    }

    private static func end(_ slot: UInt16, _ sequence: UInt64, flags: UInt8 = 0) -> Frame {
        Frame("end of \(sequence) in \(slot)") {
            EndHead(code: .succeeded).write(
                to: &$0,
                slot: slot,
                sequence: sequence,
                flags: flags
            )
        }
    }

    /// What a worker says, with a name for it.
    struct Frame: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let write: @Sendable (inout FrameWriter) -> Void

        init(_ name: String, write: @escaping @Sendable (inout FrameWriter) -> Void) {
            testDescription = name
            self.write = write
        }
    }

    private static let respond = Frame("respond") {
        RespondFrame.write(to: &$0, slot: 0, sequence: 1, status: 200, contentType: "")
    }

    private static func piece(_ count: Int) -> Frame {
        Frame("piece of \(count)") { writer in
            writer.frame(FrameHeader(kind: .piece, slot: 0, sequence: 1)) {
                $0.raw([UInt8](repeating: 0, count: count))
            }
        }
    }

    private static func status(_ status: UInt16) -> Frame {
        Frame("status \(status)") {
            RespondFrame.write(to: &$0, slot: 0, sequence: 1, status: status, contentType: "")
        }
    }

    private static func consumed(_ bytes: UInt32) -> Frame {
        Frame("\(bytes) consumed") {
            FlowFrame.write(.consumed, to: &$0, slot: 0, sequence: 1, bytes: bytes)
        }
    }

    private static func call(_ number: UInt32, operation: UInt8 = 1, timeout: Int64 = 0) -> Frame {
        Frame("call \(number), \(operation), \(timeout)") {
            CallFrame.write(
                to: &$0,
                slot: 0,
                sequence: 1,
                number: number,
                operation: operation,
                timeout: timeout,
                name: "a.b",
                contentType: "",
                bodyCount: 0
            )
        }
    }

    static let leave = Frame("leave") { LeaveFrame(code: .succeeded).write(to: &$0) }

    /// Of a running worker with two jobs: the last frame breaks a rule, those before don't.
    static let broken: [[Frame]] = [
        [end(1, 2)], [end(0, 2)], [end(1, 1)], [end(0, 1), end(0, 1)],
        [end(0, 1), end(1, 2), end(1, 2)], [end(0, 1, flags: EndFrame.workerEnds), end(1, 2)],
        [end(0, 1, flags: EndFrame.streamed)], [respond, end(0, 1)], [respond, respond],
        [piece(1)], [respond, piece(0)], [respond, piece(StreamWindow.bytes + 1)],
        [respond, piece(StreamWindow.bytes), piece(1)], [status(99)], [status(600)],
        [consumed(5)], [consumed(4), consumed(1)], [call(1), call(1)], [call(1, operation: 0)],
        [call(1, timeout: -1)],
        [
            Frame("second ready") {
                ReadyFrame.write(to: &$0, load: 1, start: 1, functions: 1, manifest: [])
            }
        ],
        [leave, leave], [leave, end(0, 1)],
        [Frame("refusal") { RefusedFrame(kind: "a", message: "b").write(to: &$0) }],
        [Frame("the host's own") { $0.frame(FrameHeader(kind: .retire)) }],
    ]

    @Test(arguments: broken) func refusesWhatBreaksARule(frames: [Frame]) throws {
        var state = try running(jobs: 2)
        for frame in frames.dropLast() { try receive(&state, frame.write) }
        let last = try #require(frames.last)
        #expect(throws: ProtocolViolation.self) { try receive(&state, last.write) }
    }

    @Test(arguments: [(0, true), (1, false)])
    func whoHasBeenAskedToEndMayLeave(jobs: Int, wasAsked: Bool) throws {
        var state = try running(jobs: jobs)
        let retires = state.retire()
        #expect(retires)
        guard case .left(_, wasAsked) = try receive(&state, Self.leave.write) else {
            Issue.record("it has not left as it was asked to")
            return
        }
        #expect(state.phase == .ended)
    }

    @Test func endsComeInOrderAndFreeTheirSlots() throws {
        var state = try running(jobs: 16)
        #expect(state.entries.map(\.slot) == Array(0..<16))
        for number in 0..<100 {
            let first = try #require(state.entries.first)
            let frame = Self.end(UInt16(first.slot), first.sequence)
            guard case .ended(let job, _, responded: false, _) = try receive(&state, frame.write)
            else {
                Issue.record("no end")
                return
            }
            #expect(job == number)
            let (slot, sequence) = state.submit(number + 16, bodyBytes: 0, logLimit: 0)
            #expect(slot == first.slot)
            #expect(sequence == UInt64(number + 17))
        }
        #expect(Set(state.entries.map(\.slot)).count == 16)
    }

    @Test func recalledJobMayNotBeSpokenOf() throws {
        var state = try running(jobs: 3)
        state.forget(at: 1)
        #expect(throws: ProtocolViolation.self) { try receive(&state, Self.end(1, 2).write) }
        try receive(&state, Self.end(0, 1).write)
        try receive(&state, Self.end(2, 3).write)
        #expect(state.isIdle)
    }

    @Test func closedBooksGiveBackWhatIsUnderWayOnce() throws {
        var state = try running(jobs: 3)
        try receive(&state, Self.end(0, 1).write)
        let open = state.close().map(\.job)
        let again = state.close().map(\.job)
        #expect(open == [1, 2])
        #expect(again == [])
        #expect(throws: ProtocolViolation.self) { try receive(&state, Self.end(1, 2).write) }
    }

    @Test func retiresOnceAndOnlyWhileItRuns() throws {
        var fresh = State()
        let tooEarly = fresh.retire()
        #expect(!tooEarly)
        var state = try running()
        let answers = [state.retire(), state.retire()]
        #expect(answers == [true, false])
        try receive(&state, Self.end(0, 1).write)
        #expect(state.isIdle)
    }
}
