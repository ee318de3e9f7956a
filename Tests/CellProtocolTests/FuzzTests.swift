import CellProtocol
import SeededRandom
import Testing

/// Decoding bytes that nobody meant: each test names its seed, which repeats it.
@Suite struct FuzzTests {
    private static let rounds = 5_000

    @Test(arguments: [1, 0xdead_beef, UInt64.random(in: 0 ... .max)])
    func randomBytesAreRefusedOrStayInRange(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            let count = Int.random(in: 0...120, using: &random)
            check(random.bytes(count), "seed \(seed)")
        }
    }

    @Test(arguments: [2, 0xcafe, UInt64.random(in: 0 ... .max)])
    func changedFramesAreRefusedOrStayInRange(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let messages =
            Sample.hostMessages.map { $0.encoded() }
            + Sample.cellMessages.map { $0.encoded() }
        let payloads = Sample.all.map(Sample.payload) + Sample.all + messages
        for round in 0..<Self.rounds {
            check(random.mutate(payloads[round % payloads.count]), "seed \(seed)")
        }
    }

    @Test func everyShortenedFrameIsRefusedOrStaysInRange() {
        for payload in Sample.all.map(Sample.payload) {
            for count in 0...payload.count { check(Array(payload.prefix(count)), "\(count)") }
        }
    }

    /// Decodes the bytes as everything that there is.
    private func check(_ bytes: [UInt8], _ comment: Comment) {
        attempt(comment) {
            guard let header = try FrameHeader(bytes: bytes) else { return }
            #expect((0...FrameHeader.maximumPayload).contains(header.length), comment)
        }
        attempt(comment) { _ = try HostMessage(bytes: bytes) }
        attempt(comment) { _ = try CellMessage(bytes: bytes) }
        let ranges = hostRanges(bytes, comment) + workerRanges(bytes, comment)
        let outside = ranges.filter { $0.lowerBound < 0 || $0.upperBound > bytes.count }
        #expect(outside.isEmpty, comment)
    }

    private func attempt(_ comment: Comment, _ decode: () throws -> Void) {
        do {
            try decode()
        } catch {
            #expect(error is ProtocolViolation, comment)
            #expect(!"\(error)".isEmpty, comment)
        }
    }

    private func hostRanges(_ bytes: [UInt8], _ comment: Comment) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        attempt(comment) {
            let frame = try InvokeFrame(bytes: bytes)
            ranges += [frame.id, frame.name, frame.contentType, frame.traceparent, frame.method]
            ranges += [frame.tracestate, frame.path, frame.query, frame.body]
            ranges += (frame.headers + frame.parameters).flatMap { [$0.name, $0.value] }
        }
        attempt(comment) {
            let frame = try ConfigureFrame(bytes: bytes)
            #expect(frame.entries.count <= bytes.count, comment)
        }
        attempt(comment) {
            let frame = try AnswerFrame(bytes: bytes)
            ranges += [frame.contentType, frame.body]
        }
        attempt(comment) {
            let frame = try FlowFrame(bytes: bytes)
            #expect(frame.bytes > 0, comment)
        }
        attempt(comment) {
            let frame = try CancelFrame(bytes: bytes)
            #expect(frame.reason > 0, comment)
        }
        return ranges
    }

    private func workerRanges(_ bytes: [UInt8], _ comment: Comment) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        attempt(comment) { ranges.append(try ReadyFrame(bytes: bytes).manifest) }
        attempt(comment) { _ = try RefusedFrame(bytes: bytes) }
        attempt(comment) {
            let frame = try RespondFrame(bytes: bytes)
            ranges.append(frame.contentType)
            ranges += frame.headers.flatMap { [$0.name, $0.value] }
        }
        attempt(comment) {
            let frame = try LogFrame(bytes: bytes)
            #expect(frame.level <= 6, comment)
            ranges.append(frame.message)
            ranges += frame.metadata.flatMap { [$0.name, $0.value] }
        }
        attempt(comment) {
            let frame = try CallFrame(bytes: bytes)
            ranges += [frame.name, frame.contentType, frame.body]
        }
        attempt(comment) {
            let frame = try EndFrame(bytes: bytes)
            #expect(frame.status == 0 || (100...599).contains(frame.status), comment)
            ranges += [frame.contentType, frame.errorKind, frame.errorMessage, frame.body]
            ranges += frame.frames.map(\.image)
            ranges += frame.headers.flatMap { [$0.name, $0.value] }
        }
        return ranges
    }
}
