internal import CellProtocol
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// One worker of the hostile cell: echoes bodies, except where its mode says otherwise.
final class HostileWorker {
    private let mode: String
    private let channel: Int32
    private let words: UnsafeMutablePointer<UInt64>
    private let control: ControlPort
    private let worker: UInt32
    private var writer = FrameWriter()
    private var buffer: [UInt8] = []

    init(mode: String, channel: Int32, page: Int32, control: ControlPort, worker: UInt32) {
        self.mode = mode
        self.channel = channel
        self.control = control
        self.worker = worker
        let address = unsafe mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0)
        guard let address else { exit(5) }
        unsafe words = address.bindMemory(to: UInt64.self, capacity: 512)
        close(page)
    }

    func run() {
        while let (header, payload) = nextFrame() {
            switch header.kind {
            case .configure: start(payload)
            case .invoke:
                invoke(header, payload)
                if mode == "crash" { return end() }
            case .retire where mode != "ignoreRetire": return end()
            default: break
            }
            flush()
        }
        end()
    }

    private func end() {
        close(channel)
        control.send(.workerEnded(worker: worker))
    }

    private func start(_ payload: [UInt8]) {
        switch mode {
        case "hangAtStart": while true { pause() }
        case "taintAtStart":
            control.send(.tainted(reason: "a lock is stuck"))
            while true { pause() }
        case "controlFlood": while true { control.send(.workerEnded(worker: worker)) }
        case "refuse": RefusedFrame(kind: "startThrew", message: "not today").write(to: &writer)
        case "garbageFirst": writer.raw(garbage(200))
        case "closeAtStart":
            shutdown(channel, Int32(SHUT_RDWR))
        case "badManifest": ready("{\"plugin\": 7}")
        case "longManifest":
            ready("{\"plugin\":\"" + String(repeating: "x", count: 1 << 20) + "\"}")
        default: ready("{\"plugin\":\"echo\",\"functions\":[{\"name\":\"echo\"}]}")
        }
        if mode == "readyTwice" { ready("") }
    }

    private func ready(_ manifest: String) {
        ReadyFrame.write(
            to: &writer,
            load: 1_000,
            start: 2_000,
            functions: 1,
            manifest: Array(manifest.utf8)
        )
    }

    private func invoke(_ header: FrameHeader, _ payload: [UInt8]) {
        let word = Int(header.slot) * SlotWord.stride / 8
        let started = SlotWord(sequence: header.sequence, state: .started).rawValue
        if mode == "nonsenseWords" {
            for index in 0..<512 { unsafe words[index] = .random(in: 0...UInt64.max) }
            exit(0)
        }
        if mode == "neverStarts" { return }
        let waiting = SlotWord(sequence: header.sequence, state: .waiting).rawValue
        guard unsafe words[word] == waiting else { return }
        unsafe words[word] = started
        var body: [UInt8] = []
        do { body = Array(payload[try InvokeFrame(payload.span.bytes).body]) } catch { exit(6) }
        misbehave(header, body)
    }

    private func misbehave(_ header: FrameHeader, _ body: [UInt8]) {
        let (slot, sequence) = (header.slot, header.sequence)
        switch mode {
        case "garbage": writer.raw(garbage(4_096))
        case "unknownKind": writer.raw([0, 0, 0, 0, 99] + [UInt8](repeating: 0, count: 11))
        case "badStatus":
            RespondFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                status: 700,
                contentType: ""
            )
        case "hugeLength":
            FrameHeader(kind: .end, length: 1 << 31, slot: slot, sequence: sequence).write(
                to: &writer
            )
        case "wrongSequence": echo(slot, sequence + 1, body)
        case "wrongSlot": echo(slot ^ 1, sequence, body)
        case "doubleEnd":
            echo(slot, sequence, body)
            echo(slot, sequence, body)
        case "pieceFirst":
            writer.frame(FrameHeader(kind: .piece, slot: slot, sequence: sequence)) { $0.raw(body) }
        case "respondTwice":
            for _ in 0..<2 { respond(slot, sequence) }
        case "overdraw":
            respond(slot, sequence)
            writer.frame(FrameHeader(kind: .piece, slot: slot, sequence: sequence)) {
                $0.raw([UInt8](repeating: 0, count: (256 << 10) + 1))
            }
        case "consumeTooMuch":
            let bytes = UInt32(body.count + 1)
            FlowFrame.write(
                .consumed,
                to: &writer,
                slot: slot,
                sequence: sequence,
                bytes: bytes
            )
        case "callFlood": for number in 0..<65 { call(slot, sequence, UInt32(number)) }
        case "logFlood": while flush() { log(slot, sequence) }
        case "exitInside": exit(7)
        case "never": while true { pause() }
        case "crash": crash(slot, sequence)
        case "hostFrame":
            writer.frame(FrameHeader(kind: .invoke, slot: slot, sequence: sequence))
        default: echo(slot, sequence, body)
        }
    }

    /// Bytes that make no sense, the same in every run.
    private func garbage(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ 251) &* 2_654_435_761 >> 7) }
    }

    private func echo(_ slot: UInt16, _ sequence: UInt64, _ body: [UInt8]) {
        var end = EndHead(code: .succeeded)
        end.contentType = "text/plain"
        end.write(to: &writer, slot: slot, sequence: sequence, bodyCount: body.count)
        writer.raw(body)
    }

    private func respond(_ slot: UInt16, _ sequence: UInt64) {
        RespondFrame.write(
            to: &writer,
            slot: slot,
            sequence: sequence,
            status: 200,
            contentType: ""
        )
    }

    private func call(_ slot: UInt16, _ sequence: UInt64, _ number: UInt32) {
        CallFrame.write(
            to: &writer,
            slot: slot,
            sequence: sequence,
            number: number,
            operation: 1,
            timeout: 0,
            name: "other",
            contentType: "",
            bodyCount: 0
        )
    }

    private func log(_ slot: UInt16, _ sequence: UInt64) {
        let message = [UInt8](repeating: UInt8(ascii: "y"), count: 32_000)
        LogFrame.write(
            to: &writer,
            slot: slot,
            sequence: sequence,
            level: 2,
            time: 0,
            message: message
        )
    }

    private func crash(_ slot: UInt16, _ sequence: UInt64) {
        var end = EndHead(code: .crashed)
        end.errorKind = "SIGILL"
        end.errorMessage = "Fatal error: as asked"
        end.frames = [("", 0x1234)]
        end.write(to: &writer, slot: slot, sequence: sequence, flags: EndFrame.workerEnds)
        flush()
        shutdown(channel, Int32(SHUT_RDWR))
    }

    @discardableResult
    private func flush() -> Bool {
        defer { writer.removeAll() }
        let bytes = writer.bytes
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe send(
                    channel,
                    bytes.baseAddress.map { unsafe $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func nextFrame() -> (FrameHeader, [UInt8])? {
        while true {
            do {
                if let header = try FrameHeader(buffer.span.bytes),
                    buffer.count >= FrameHeader.size + header.length
                {
                    let end = FrameHeader.size + header.length
                    let payload = Array(buffer[FrameHeader.size..<end])
                    buffer.removeFirst(end)
                    return (header, payload)
                }
            } catch {
                fatalError("host sent nonsense: \(error)")
            }
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = unsafe read(channel, &chunk, chunk.count)
            guard count > 0 else { return nil }
            buffer.append(contentsOf: chunk.prefix(count))
        }
    }
}
