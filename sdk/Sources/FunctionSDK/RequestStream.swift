internal import Synchronization

/// A request body as it arrives, in pieces; memory stays bounded however long it is.
///
/// An `async` handler loops over it (`for try await piece in stream`); a plain one calls
/// `readNext()` until it gives `nil`. One reader at a time.
public struct RequestStream: AsyncSequence, Sendable {
    /// A piece of the body, never empty.
    public typealias Element = [UInt8]

    let call: Call

    /// Waits for the next piece; `nil` at the end.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    @available(*, noasync, message: "use 'for try await piece in stream'")
    public func readNext() throws -> [UInt8]? { try call.readNext() }

    /// Waits for bytes and copies them into memory of the caller's; 0 at the end.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    @available(*, noasync, message: "use 'for try await piece in stream'")
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try call.read(into: buffer)
    }

    /// Starts to iterate.
    public func makeAsyncIterator() -> Iterator { Iterator(call: call) }

    /// Waits for one piece after another.
    public struct Iterator: AsyncIteratorProtocol {
        let call: Call

        /// Waits for the next piece; `nil` at the end.
        ///
        /// - Throws: `CancellationError` when the caller has gone or the time is up.
        public mutating func next() async throws -> [UInt8]? { try await call.nextPiece() }
    }
}

extension RequestStream: Decodable {
    /// Refuses: a stream is the body itself and no part of a JSON document.
    ///
    /// - Throws: always.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: "RequestStream is the body itself, not a part of it"
            )
        )
    }
}

extension Call {
    private static let pieceSize = 64 << 10

    /// The next piece of the body; waits on the worker's thread.
    func readNext() throws -> [UInt8]? {
        let piece = try Self.piece { try read(into: $0) }
        return piece.isEmpty ? nil : piece
    }

    /// The next piece of the body; suspends.
    func nextPiece() async throws -> [UInt8]? {
        while true {
            var blocked = false
            let piece = try Self.piece { buffer in
                let count = try readArrived(into: buffer)
                blocked = count == nil
                return count ?? 0
            }
            if !blocked { return piece.isEmpty ? nil : piece }
            await wait([.readable, .cancelled])
            try checkCancellation()
        }
    }

    /// Reads into memory of the caller's; waits on the worker's thread.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            if let count = try readArrived(into: buffer) { return count }
            try pump()
        }
    }

    /// Reads what is there, first what came with the event; `nil` when nothing is there now.
    private func readArrived(into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        guard let event else { throw CancellationError() }
        let first = arrivedBody.dropFirst(bodyOffset.load(ordering: .relaxed))
        if !first.isEmpty {
            let count = Swift.min(first.count, buffer.count)
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: first.prefix(count)))
            bodyOffset.add(count, ordering: .relaxed)
            return count
        }
        if event.pointee.body_complete != 0 { return 0 }
        guard let read = host.pointee.read else { throw HostError.unsupported("streamed bodies") }
        let count = read(
            context,
            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self),
            buffer.count
        )
        switch count {
        case 0...: return Int(count)
        case Int64(Code.wouldBlock): return nil
        case Int64(Code.gone): throw CancellationError()
        default: throw HostError.refused("reading the body", Int32(truncatingIfNeeded: count))
        }
    }

    private static func piece(
        _ read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) rethrows -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
            count = try read(UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
