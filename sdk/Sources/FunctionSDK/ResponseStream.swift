/// A response that is sent as it is written.
///
/// Writing waits while the caller is slow, so memory stays bounded. What the handler returns in the
/// end is not sent: the stream is the response. Each method exists twice, for `async` handlers and
/// for plain ones, which wait on the worker's thread.
public struct ResponseStream: Sendable {
    private static let pieceSize = 64 << 10

    let call: Call

    /// Sends status and headers; without it the first piece starts a response with status 200.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    public func start(
        status: Int = 200,
        contentType: String = "application/octet-stream",
        headers: Headers = [:]
    ) throws {
        _ = try call.startStream(status: status, contentType: contentType, headers: headers)
    }

    /// Sends bytes, and waits on the worker's thread while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    @available(*, noasync, message: "use 'try await write'")
    public func write(_ bytes: [UInt8]) throws {
        try startIfNeeded()
        var sent = 0
        while sent < bytes.count {
            if try send(bytes, from: sent) { sent += Self.pieceSize } else { try call.pump() }
        }
    }

    /// Sends bytes, and suspends while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    public func write(_ bytes: [UInt8]) async throws {
        try startIfNeeded()
        var sent = 0
        while sent < bytes.count {
            if try send(bytes, from: sent) {
                sent += Self.pieceSize
            } else {
                await call.wait([.writable, .cancelled])
                try call.checkCancellation()
            }
        }
    }

    /// Sends text, and waits on the worker's thread while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    @available(*, noasync, message: "use 'try await write'")
    public func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Sends text, and suspends while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    private func startIfNeeded() throws {
        if !call.isResponding { try start() }
    }

    /// Sends one piece; false while the caller is slow.
    private func send(_ bytes: [UInt8], from start: Int) throws -> Bool {
        try call.checkCancellation()
        guard let write = call.host.pointee.write else { throw HostError.unsupported("streaming") }
        let code = bytes.withUnsafeBytes { buffer in
            let piece = buffer[start..<min(start + Self.pieceSize, buffer.count)]
            return write(call.context, roost_bytes(UnsafeRawBufferPointer(rebasing: piece)))
        }
        switch code {
        case Code.wouldBlock: return false
        case Code.gone: throw CancellationError()
        case 0...: return true
        default: throw HostError.refused("writing the response", code)
        }
    }
}
