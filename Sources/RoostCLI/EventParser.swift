internal import Foundation
internal import NIOCore

/// Cuts a stream of server-sent events into the data of its events.
struct EventParser {
    private var line: [UInt8] = []
    private var data: [UInt8] = []

    /// An event that is longer is no event of ours.
    static let longestEvent = 1 << 20

    /// Takes a piece of the stream and returns the data of the events that it completes.
    ///
    /// - Throws: `CommandFailure` when an event is too long.
    mutating func take(_ piece: ByteBuffer) throws -> [Data] {
        var events: [Data] = []
        for byte in piece.readableBytesView {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                guard line.count + data.count <= Self.longestEvent else {
                    throw CommandFailure(.failed, "the host sent a log event of over 1 MiB")
                }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> Data? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            defer { data.removeAll(keepingCapacity: true) }
            return data.isEmpty ? nil : Data(data)
        }
        guard line.starts(with: "data:".utf8) else { return nil }
        if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
        let value = line.dropFirst(5)
        data += value.first == UInt8(ascii: " ") ? value.dropFirst() : value
        return nil
    }
}
