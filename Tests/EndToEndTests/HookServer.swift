import Foundation
import Synchronization

/// A web hook on this machine: keeps what is posted, and answers as told.
final class HookServer: Sendable {
    let port: UInt16
    private let socket: Int32
    private let kept = Mutex<[String]>([])
    private let refusals: Mutex<Int>

    /// Refuses the first ones with 503.
    init(refusing count: Int = 0) throws {
        refusals = Mutex(count)
        let bound = try LoopbackSocket(SOCK_STREAM)
        guard listen(bound.descriptor, 16) == 0 else { throw TransportError("listen") }
        (socket, port) = (bound.descriptor, bound.port)
        Thread.detachNewThread { [self] in serve() }
    }

    /// The URL of the hook.
    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// What has been posted so far, heads included, refused ones too.
    var posts: [String] { kept.withLock { $0 } }

    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func serve() {
        while true {
            let client = accept(socket, nil, nil)
            guard client >= 0 else { break }
            answer(client)
            Glibc.close(client)
        }
        Glibc.close(socket)
    }

    private func answer(_ client: Int32) {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        var text = ""
        while true {
            let count = recv(client, &piece, piece.count, 0)
            guard count > 0 else { return }
            bytes += piece[..<count]
            text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let length = text[..<end.lowerBound].split(separator: "\r\n").compactMap { line in
                line.lowercased().hasPrefix("content-length:")
                    ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
            }.first
            if text[end.upperBound...].utf8.count >= length ?? 0 { break }
        }
        kept.withLock { $0.append(text) }
        let isRefused = refusals.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        let status = isRefused ? "503 Busy\r\nRetry-After: 1" : "200 OK"
        let reply = Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n".utf8)
        _ = send(client, reply, reply.count, Int32(MSG_NOSIGNAL))
    }
}
