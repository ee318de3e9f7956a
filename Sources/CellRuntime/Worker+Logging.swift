internal import CCell
internal import CFunctionABI
internal import CellProtocol

extension Worker {
    /// Sends a line of the plugin's, within the invocation's limit.
    func log(level: UInt32, _ message: roost_bytes, _ fields: [(name: String, value: String)]) {
        let size = fields.reduce(message.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard let room = logRoom(for: size) else { return }
        let text = UnsafeRawBufferPointer(rebasing: message.raw.prefix(room))
        sendLog(level: UInt8(min(level, 4)), Array(fields.prefix(64)), Self.wholeCharacters(text))
    }

    /// Sends a line that the plugin printed.
    ///
    /// May be called on its side threads, for which nothing is counted but the line's own length.
    func logCaptured(level: UInt32, _ bytes: UnsafeRawBufferPointer) {
        if cell_thread_is_own(thread) == 0 { return sendFromSideThread(level, bytes) }
        guard let room = logRoom(for: bytes.count) else { return }
        let text = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
        sendLog(level: UInt8(level), [], Self.wholeCharacters(text))
    }

    /// Sends a line of the worker's own.
    func log(level: UInt8, text: String) {
        var text = text
        text.withUTF8 { sendLog(level: level, [], UnsafeRawBufferPointer($0)) }
    }

    /// How much of a line is taken; `nil` when nothing is, because the limit has been passed.
    private func logRoom(for count: Int) -> Int? {
        if run.logIsCut { return nil }
        let room = run.logLimit - run.logged
        run.logged += count
        if count <= room { return count }
        run.logIsCut = true
        log(
            level: 3,
            text: "The log was cut here: it has reached its limit of \(run.logLimit) bytes"
        )
        return nil
    }

    private func sendLog(
        level: UInt8,
        _ metadata: [(name: String, value: String)],
        _ message: UnsafeRawBufferPointer
    ) {
        let (slot, sequence) = (run.slot, run.sequence)
        cell_touch(message.baseAddress, message.count)
        send { writer in
            LogFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                level: level,
                time: cell_unix_time(),
                metadata: metadata,
                message: message
            )
        }
    }

    private func sendFromSideThread(_ level: UInt32, _ bytes: UnsafeRawBufferPointer) {
        var writer = FrameWriter(capacity: 256)
        LogFrame.write(
            to: &writer,
            level: UInt8(level),
            time: cell_unix_time(),
            message: bytes.prefix(Int(CELL_LINE))
        )
        writer.bytes.withUnsafeBytes { head in
            guard let base = head.baseAddress else { return }
            _ = cell_channel_send(thread, base, head.count, nil, 0)
        }
    }

    /// Leaves away the beginning of a character that was cut off at the end.
    private static func wholeCharacters(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let last = text.last, last >= 0x80 else { return text }
        var start = text.count - 1
        while start > 0, text[start] & 0xc0 == 0x80, text.count - start < 4 { start -= 1 }
        let lead = text[start]
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
        if start + length <= text.count { return text }
        return UnsafeRawBufferPointer(rebasing: text[..<start])
    }
}
