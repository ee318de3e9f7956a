internal import CFunctionABI
internal import CPlatform
internal import CellProtocol
internal import Glibc

/// A cell that holds a plugin to nothing.
///
/// It decodes the frames of `roost-cell`, runs the plugin and answers by the same code, but has no
/// limit, accounting, capture of output, fault handler, allocator or sandbox. Measured beside the real
/// one it says what all of that costs.
///
///     bare-cell PLUGIN ENTRY      (channel: descriptor 3; page of slots: descriptor 4)
@main
struct BareCell {
    private static let channel: Int32 = 3
    private static let page: Int32 = 4
    private static let capacity = 64 << 10

    private let table: UnsafePointer<roost_plugin>
    private let slots: UnsafeMutableRawPointer
    private let frames = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    private let event = UnsafeMutablePointer<roost_invocation>.allocate(capacity: 1)
    private var writer = FrameWriter()

    static func main() throws {
        let words = CommandLine.arguments
        let api = UnsafeMutablePointer<roost_host_api>.allocate(capacity: 1)
        api.initialize(to: roost_host_api())
        api.pointee.abi_version = UInt32(ROOST_ABI_VERSION)
        api.pointee.struct_size = UInt32(MemoryLayout<roost_host_api>.size)
        // The context is where the answer goes.
        api.pointee.reply = { context, reply in
            guard let context, let reply = reply?.pointee else { return }
            let answer = UnsafeMutableRawPointer(context).assumingMemoryBound(to: Answer.self)
            answer.pointee = Answer(reply)
        }
        let slots = mmap(nil, SlotWord.pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0)
        guard words.count == 3, let image = dlopen(words[1], RTLD_NOW | RTLD_LOCAL),
            let entry = dlsym(image, words[2]), let slots, slots != MAP_FAILED,
            let table = unsafeBitCast(entry, to: roost_plugin_entry.self)(api)
        else {
            print("usage: bare-cell PLUGIN ENTRY, with a channel at 3 and a page of slots at 4")
            exit(2)
        }
        var cell = BareCell(table: table, slots: slots)
        try cell.serve()
    }

    private init(table: UnsafePointer<roost_plugin>, slots: UnsafeMutableRawPointer) {
        self.table = table
        self.slots = slots
    }

    /// As the cell does: one read for all frames that have come, one write for each end.
    private mutating func serve() throws {
        var held = 0
        while true {
            let count = recv(Self.channel, frames + held, Self.capacity - held, 0)
            guard count > 0 else { return }
            held += count
            var done = 0
            while let header = try FrameHeader(unread(done, held).bytes) {
                let payload = done + FrameHeader.size
                guard payload + header.length <= held else { break }
                done = payload + header.length
                if header.kind == .invoke { try invoke(header, unread(payload, done)) }
            }
            memmove(frames, frames + done, held - done)
            held -= done
        }
    }

    private func unread(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: frames + start, count: end - start)
    }

    private mutating func invoke(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
        let frame = try InvokeFrame(payload.bytes)
        let word = (slots + Int(header.slot) * SlotWord.stride)
            .assumingMemoryBound(to: UInt64.self)
        let waiting = SlotWord(sequence: header.sequence, state: .waiting).rawValue
        let started = SlotWord(sequence: header.sequence, state: .started).rawValue
        guard roost_atomic_exchange(word, waiting, started) != 0 else { return }
        lend(frame, payload)
        var answer = Answer()
        let code = withUnsafeMutablePointer(to: &answer) { answer in
            table.pointee.invoke(table.pointee.state, event, OpaquePointer(answer))
        }
        guard code == Int32(ROOST_DONE) else { exit(3) }
        send(answer, header)
    }

    private func lend(_ frame: InvokeFrame, _ payload: UnsafeRawBufferPointer) {
        func bytes(_ range: Range<Int>) -> roost_bytes {
            let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return roost_bytes(data: base.map { $0 + range.lowerBound }, count: range.count)
        }
        var lent = roost_invocation()
        lent.struct_size = UInt32(MemoryLayout<roost_invocation>.size)
        lent.function = UInt32(frame.function)
        lent.attempt = frame.attempt
        lent.trigger = UInt32(frame.trigger)
        lent.id = bytes(frame.id)
        lent.name = bytes(frame.name)
        lent.deadline_ns = frame.deadline
        lent.received_unix_ns = frame.received
        lent.content_type = bytes(frame.contentType)
        lent.traceparent = bytes(frame.traceparent)
        lent.tracestate = bytes(frame.tracestate)
        lent.method = bytes(frame.method)
        lent.path = bytes(frame.path)
        lent.query = bytes(frame.query)
        lent.body = bytes(frame.body)
        lent.body_complete = 1
        event.initialize(to: lent)
    }

    private mutating func send(_ answer: Answer, _ header: FrameHeader) {
        writer.removeAll()
        var end = EndHead(code: .succeeded)
        end.status = answer.status
        end.contentType = answer.contentType
        end.write(
            to: &writer,
            slot: header.slot,
            sequence: header.sequence,
            bodyCount: answer.body.count
        )
        writer.bytes.withUnsafeBytes { head in
            answer.body.withUnsafeBytes { body in
                var parts = (
                    iovec(iov_base: .init(mutating: head.baseAddress), iov_len: head.count),
                    iovec(iov_base: .init(mutating: body.baseAddress), iov_len: body.count)
                )
                withUnsafeMutablePointer(to: &parts) { parts in
                    var message = msghdr()
                    message.msg_iov = UnsafeMutableRawPointer(parts)
                        .assumingMemoryBound(to: iovec.self)
                    message.msg_iovlen = 2
                    if sendmsg(Self.channel, &message, Int32(MSG_NOSIGNAL)) < 0 { exit(0) }
                }
            }
        }
    }
}

/// What the plugin replied, copied before the slot returns.
private struct Answer {
    var status: UInt16 = 0
    var contentType = ""
    var body: [UInt8] = []

    init() {}

    init(_ reply: roost_reply) {
        status = UInt16(truncatingIfNeeded: reply.status)
        contentType = String(
            decoding: UnsafeRawBufferPointer(
                start: reply.content_type.data,
                count: reply.content_type.count
            ),
            as: UTF8.self
        )
        body = [UInt8](UnsafeRawBufferPointer(start: reply.body.data, count: reply.body.count))
    }
}
