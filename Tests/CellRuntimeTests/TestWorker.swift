import CCell
import CPlatform
import CellProtocol
import Glibc
import Testing

/// The host's end of a worker's channel.
final class TestWorker {
    let id: UInt32
    let channel: Int32
    private(set) var theirChannel: Int32
    let page: Int32
    let slots: UnsafeMutableRawPointer
    private var received: [UInt8] = []
    private var nextSequence: UInt64 = 1

    init(id: UInt32) throws {
        self.id = id
        var ends: [Int32] = [-1, -1]
        try check(
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0, &ends),
            "socketpair"
        )
        channel = ends[0]
        theirChannel = ends[1]
        page = cell_memory_file("slots")
        ftruncate(page, SlotWord.pageSize)
        let address = mmap(nil, SlotWord.pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0)
        guard let address, address != MAP_FAILED else { throw Failure("mmap") }
        slots = address
    }

    deinit {
        close(channel)
        if theirChannel >= 0 { close(theirChannel) }
        munmap(slots, SlotWord.pageSize)
        close(page)
    }

    /// Closes what the cell now has.
    func handOver() {
        close(theirChannel)
        theirChannel = -1
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    channel,
                    buffer.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw Failure("send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    // MARK: Slots

    func word(_ slot: UInt16) -> UnsafeMutablePointer<UInt64> {
        (slots + Int(slot) * SlotWord.stride).assumingMemoryBound(to: UInt64.self)
    }

    func state(_ slot: UInt16) -> SlotWord.State? {
        SlotWord(rawValue: roost_atomic_load(word(slot))).state
    }

    func setState(_ slot: UInt16, _ sequence: UInt64, _ state: SlotWord.State) {
        roost_atomic_store(word(slot), SlotWord(sequence: sequence, state: state).rawValue)
    }

    func setCancel(_ slot: UInt16, _ reason: UInt32) {
        let address = slots + Int(slot) * SlotWord.stride + SlotWord.cancelOffset
        roost_atomic_store32(address.assumingMemoryBound(to: UInt32.self), reason)
    }

    // MARK: Frames to the worker

    /// Limits of one invocation.
    struct Limits {
        var timeout: Duration = .seconds(20)
        var cpu: Duration = .zero
        var grace: Duration = .milliseconds(20)
        var log: UInt32 = 256 << 10
        var response: UInt32 = 6 << 20
    }

    /// The frame of an invocation, whose slot is set to waiting.
    func invocation(
        _ body: String,
        slot: UInt16 = 0,
        limits: Limits = Limits(),
        bodyContinues: Bool = false,
        change: (inout InvokeHead) -> Void = { _ in }
    ) -> (sequence: UInt64, bytes: [UInt8]) {
        let sequence = nextSequence
        nextSequence += 1
        var head = InvokeHead()
        head.deadline = monotonic() + Int64(limits.timeout / .nanoseconds(1))
        head.cpuLimit = Int64(limits.cpu / .nanoseconds(1))
        head.grace = Int64(limits.grace / .nanoseconds(1))
        head.logLimit = limits.log
        head.responseLimit = limits.response
        head.id = "00112233445566778899aabbccddeeff"
        head.name = "subject.run"
        change(&head)
        setCancel(slot, 0)
        roost_atomic_store(
            word(slot),
            SlotWord(sequence: sequence, state: .waiting).rawValue
        )
        var writer = FrameWriter()
        head.write(
            to: &writer,
            slot: slot,
            sequence: sequence,
            bodyCount: body.utf8.count,
            bodyContinues: bodyContinues
        )
        writer.raw(Array(body.utf8))
        return (sequence, writer.bytes)
    }

    /// Sends an invocation.
    @discardableResult
    func invoke(
        _ body: String,
        slot: UInt16 = 0,
        limits: Limits = Limits(),
        bodyContinues: Bool = false
    ) throws -> UInt64 {
        let (sequence, bytes) = invocation(
            body,
            slot: slot,
            limits: limits,
            bodyContinues: bodyContinues
        )
        try send(bytes)
        return sequence
    }

    func retire() throws {
        var writer = FrameWriter()
        writer.frame(FrameHeader(kind: .retire))
        try send(writer.bytes)
    }

    // MARK: Frames from the worker

    struct Frame {
        var header: FrameHeader
        var payload: [UInt8]

        func text(_ range: Range<Int>) -> String { String(decoding: payload[range], as: UTF8.self) }
    }

    /// The next frame; `nil` at the channel's end.
    func next(within limit: Duration = .seconds(20)) throws -> Frame? {
        while true {
            if let header = try FrameHeader(received.span.bytes),
                received.count >= FrameHeader.size + header.length
            {
                let end = FrameHeader.size + header.length
                let payload = Array(received[FrameHeader.size..<end])
                received.removeFirst(end)
                return Frame(header: header, payload: payload)
            }
            try waitReadable(channel, within: limit)
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(channel, &bytes, bytes.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return nil }
            guard count > 0 else { throw Failure("recv: \(String(cString: strerror(errno)))") }
            received.append(contentsOf: bytes[..<count])
        }
    }

    /// The next frame, of this kind; logs are passed over unless asked for.
    func expect(_ kind: FrameKind, within limit: Duration = .seconds(20)) throws -> Frame {
        while let frame = try next(within: limit) {
            if frame.header.kind == kind { return frame }
            if frame.header.kind == .log { continue }
            if frame.header.kind == .refused {
                let refused = try RefusedFrame(frame.payload.span.bytes)
                throw Failure("refused: \(refused.kind): \(refused.message)")
            }
            throw Failure("a \(frame.header.kind) frame instead of \(kind)")
        }
        throw Failure("the channel closed instead of a \(kind) frame")
    }

    /// How an invocation ended.
    struct End {
        var code: EndCode
        var flags: UInt8
        var sequence: UInt64
        var status: UInt16
        var body: String
        var kind: String
        var message: String
        var frames: [(image: String, offset: UInt64)]
        var run: UInt64
        var cpu: UInt64
        var peakMemory: UInt64
        var workerEnds: Bool { flags & EndFrame.workerEnds != 0 }
    }

    func end(within limit: Duration = .seconds(20)) throws -> End {
        let frame = try expect(.end, within: limit)
        let end = try EndFrame(frame.payload.span.bytes)
        return End(
            code: end.code,
            flags: frame.header.flags,
            sequence: frame.header.sequence,
            status: end.status,
            body: frame.text(end.body),
            kind: frame.text(end.errorKind),
            message: frame.text(end.errorMessage),
            frames: end.frames.map { (frame.text($0.image), $0.offset) },
            run: end.run,
            cpu: end.cpu,
            peakMemory: end.peakMemory
        )
    }

    /// Waits until the worker is ready.
    @discardableResult
    func ready() throws -> TestWorker {
        _ = try expect(.ready)
        return self
    }

    func call(_ body: String, limits: Limits = Limits()) throws -> End {
        try invoke(body, limits: limits)
        return try end()
    }

    func awaitClose() throws {
        while try next() != nil {}
    }
}

func monotonic() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
