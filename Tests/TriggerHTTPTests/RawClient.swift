import Glibc
import NIOCore

/// A client that says exactly what a test wants, over a blocking socket with deadlines.
final class RawClient {
    struct Failure: Error {
        var call: String
        var number = errno
    }

    private var descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_SNDTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let result = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        guard result == 0 else { throw Failure(call: "connect") }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw Failure(call: "send") }
            sent += count
        }
    }

    /// Sends as much as fits without waiting; returns the count.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes {
            Glibc.send(
                descriptor,
                $0.baseAddress,
                bytes.count,
                Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
            )
        }
    }

    /// Reads what is there: the bytes, empty at the end; throws when nothing comes.
    func receive() throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == ECONNRESET || errno == EPIPE { return [] }
        guard count >= 0 else { throw Failure(call: "recv") }
        return Array(chunk[..<count])
    }

    /// Reads everything until the other side closes.
    func rest() throws -> String {
        while true {
            let bytes = try receive()
            if bytes.isEmpty { break }
            received += bytes
        }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Reads up to and including a text; `nil` when the connection ends before.
    func text(upTo end: String) throws -> String? {
        let mark = Array(end.utf8)
        var from = 0
        while true {
            if let index = Self.find(mark, in: received, from: from) {
                defer { received.removeFirst(index + mark.count) }
                return String(decoding: received[..<(index + mark.count)], as: UTF8.self)
            }
            from = max(0, received.count - mark.count)
            let bytes = try receive()
            if bytes.isEmpty { return nil }
            received += bytes
        }
    }

    private func take(_ count: Int) throws -> [UInt8]? {
        while received.count < count {
            let bytes = try receive()
            if bytes.isEmpty { return nil }
            received += bytes
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Reads a reply; `nil` when the connection ends before one is complete.
    func reply(toHead: Bool = false) throws -> RawReply? {
        guard let head = try text(upTo: "\r\n\r\n") else { return nil }
        var reply = RawReply(head: head)
        if toHead || reply.status == 204 || reply.status == 304 || reply.status < 200 {
            return reply
        }
        if let length = reply["content-length"].flatMap(Int.init) {
            guard let body = try take(length) else { return nil }
            reply.body = body
        } else if reply["transfer-encoding"] == "chunked" {
            while let size = try chunkSize() {
                guard let chunk = try take(size), try text(upTo: "\r\n") != nil else { return nil }
                if size == 0 { return reply }
                reply.body += chunk
            }
            return nil
        } else {
            reply.body = Array(try rest().utf8)
        }
        return reply
    }

    private func chunkSize() throws -> Int? {
        try text(upTo: "\r\n").flatMap { Int($0.dropLast(1), radix: 16) }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        for index in from...max(from, bytes.count - mark.count)
        where bytes[index] == mark[0] && bytes[index..<(index + mark.count)].elementsEqual(mark) {
            return index
        }
        return nil
    }
}

/// A reply as it came.
struct RawReply {
    var head: String
    var body: [UInt8] = []

    var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of a field; its name in lower case.
    subscript(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else {
                continue
            }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }
}
