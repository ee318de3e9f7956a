internal import CCell
internal import CFunctionABI
internal import CellProtocol

extension Worker {
    /// Reads what has arrived of the request's body.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int64 {
        guard run.sequence != 0 else { return Int64(ROOST_GONE) }
        cell_touch(buffer.baseAddress, buffer.count)
        guard let count = run.body.read(into: buffer) else {
            return Int64(channelIsGone ? ROOST_GONE : ROOST_WOULD_BLOCK)
        }
        let taken = run.body.report()
        if taken > 0 {
            let (slot, sequence) = (run.slot, run.sequence)
            send { writer in
                FlowFrame.write(
                    .consumed,
                    to: &writer,
                    slot: slot,
                    sequence: sequence,
                    bytes: UInt32(taken)
                )
            }
        }
        return Int64(count)
    }

    /// Begins a streamed response.
    func startResponse(_ head: roost_reply) -> Int32 {
        guard run.sequence != 0, run.reply == nil else { return Int32(ROOST_GONE) }
        guard !run.isStreaming, let status = Self.status(head.status, or: 200) else {
            return Int32(ROOST_INVALID)
        }
        let (slot, sequence) = (run.slot, run.sequence)
        let contentType = head.content_type.text
        let headers = Self.fields(head.headers, head.header_count)
        run.isStreaming = true
        thread.pointee.run_streamed = 1
        send { writer in
            RespondFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                status: status,
                contentType: contentType,
                headers: headers
            )
        }
        return head.body.count > 0 ? write(head.body.raw) : 0
    }

    var canWrite: Bool { run.credit > 0 && run.unsent.isEmpty }

    /// Sends a piece of a streamed response.
    ///
    /// What the credit does not cover is kept, and then nothing more is taken until it has gone.
    func write(_ piece: UnsafeRawBufferPointer) -> Int32 {
        guard run.sequence != 0, run.reply == nil, !channelIsGone else { return Int32(ROOST_GONE) }
        guard run.isStreaming else { return Int32(ROOST_INVALID) }
        guard canWrite else { return Int32(ROOST_WOULD_BLOCK) }
        cell_touch(piece.baseAddress, piece.count)
        let now = min(piece.count, run.credit)
        if now < piece.count { run.unsent = [UInt8](piece[now...]) }
        sendPiece(UnsafeRawBufferPointer(rebasing: piece[..<now]))
        return 0
    }

    private func sendPiece(_ piece: UnsafeRawBufferPointer) {
        guard !piece.isEmpty else { return }
        run.credit -= piece.count
        let header = FrameHeader(kind: .piece, slot: run.slot, sequence: run.sequence)
        send(body: piece) { $0.frame(header, trailing: piece.count) }
    }

    /// Sends what an earlier credit did not cover.
    func sendUnsent() {
        let now = min(run.unsent.count, run.credit)
        guard now > 0 else { return }
        let piece = Array(run.unsent[..<now])
        run.unsent.removeFirst(now)
        piece.withUnsafeBytes { sendPiece($0) }
    }

    /// Waits until all of a streamed response has gone, or nobody wants it.
    func flushStream() {
        while !run.unsent.isEmpty, !channelIsGone, cancelReason == 0 { turn() }
    }

    /// A status within HTTP's range; `fallback` for 0, `nil` for nonsense.
    static func status(_ status: UInt32, or fallback: UInt16) -> UInt16? {
        if status == 0 { return fallback }
        return (100...599).contains(status) ? UInt16(status) : nil
    }

    /// Copies a plugin's fields.
    static func fields(
        _ fields: UnsafePointer<roost_field>?,
        _ count: Int
    ) -> [(name: String, value: String)] {
        UnsafeBufferPointer(start: fields, count: fields == nil ? 0 : min(count, 1_024))
            .map { ($0.name.text, $0.value.text) }
    }
}
