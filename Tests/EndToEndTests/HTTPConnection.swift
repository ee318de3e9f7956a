import Foundation

/// One keep-alive connection to a host on loopback, with blocking calls: a client of a few lines, so
/// that a test sees every failure of the transport itself.
final class HTTPConnection {
    private let socket: Int32
    private let authority: String
    private var received: [UInt8] = []

    /// Connects to `http://ADDRESS:PORT`.
    init(_ url: String) throws {
        let parts = url.replacingOccurrences(of: "http://", with: "").split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else {
            throw TransportError("url \(url)")
        }
        authority = parts.joined(separator: ":")
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, String(parts[0]), &address.sin_addr)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(socket)
            throw TransportError("connect")
        }
    }

    deinit { close(socket) }

    /// Sends a request and waits for its whole reply.
    func request(
        _ method: String,
        _ path: String,
        body: String = "",
        headers: [String] = []
    ) throws -> Reply {
        var head =
            "\(method) \(path) HTTP/1.1\r\nHost: \(authority)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n"
        for header in headers { head += header + "\r\n" }
        try send(Array((head + "\r\n" + body).utf8))
        return try reply()
    }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    socket,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw TransportError("send") }
            sent += count
        }
    }

    /// Waits for a whole reply.
    func reply() throws -> Reply {
        let head = try bytes(through: Array("\r\n\r\n".utf8))
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let status = lines.removeFirst().split(separator: " ").dropFirst().first.flatMap { Int($0) }
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let body =
            headers["transfer-encoding"] == "chunked"
            ? try chunks() : try bytes(count: headers["content-length"].flatMap { Int($0) } ?? 0)
        return Reply(
            status: status ?? 0,
            headers: headers,
            body: String(decoding: body, as: UTF8.self)
        )
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try bytes(through: [13, 10]), as: UTF8.self)
            guard let size = Int(line.trimmingCharacters(in: .whitespacesAndNewlines), radix: 16)
            else { throw TransportError("chunk size '\(line)'") }
            body += try bytes(count: size)
            _ = try bytes(count: 2)
            if size == 0 { return body }
        }
    }

    private func bytes(count: Int) throws -> [UInt8] {
        while received.count < count { try receive() }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    private func bytes(through end: [UInt8]) throws -> [UInt8] {
        while true {
            if let range = received.firstRange(of: end) {
                return try bytes(count: range.upperBound)
            }
            try receive()
        }
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw TransportError(count == 0 ? "closed by the host" : "recv") }
        received += buffer.prefix(count)
    }
}

/// The connection itself failed.
struct TransportError: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}
