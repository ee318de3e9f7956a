internal import NIOCore
internal import Platform
internal import Synchronization

/// Where a running host listens, and whether it still does.
final class HostAddresses: Sendable {
    private let state = Mutex(
        (functions: "", admin: String?.none, adminPort: Int?.none, isDraining: false)
    )

    private let bound = AsyncStream.makeStream(of: Void.self)

    /// Returns when the admin API listens at so many addresses; called once.
    ///
    /// - Throws: `CancellationError`.
    func awaitAdmin(_ count: Int) async throws {
        var left = count
        for await _ in bound.stream {
            left -= 1
            if left == 0 { return }
        }
        throw CancellationError()
    }

    /// The function listener's URL; empty until it is bound.
    var functions: String { state.withLock { $0.functions } }
    /// The admin listener's URL; `nil` until it is bound.
    var admin: String? { state.withLock { $0.admin } }

    /// Whether the host has been asked to stop.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Notes that the host has been asked to stop.
    func noteDraining() { state.withLock { $0.isDraining = true } }

    /// The port of the admin listener; none where there is none.
    var adminPorts: [UInt16] {
        state.withLock { $0.adminPort }.flatMap { UInt16(exactly: $0) }.map { [$0] } ?? []
    }

    /// Notes where functions are served.
    func noteFunctions(_ address: SocketAddress) {
        state.withLock { $0.functions = Self.url(address) }
    }

    /// Notes where the admin API is served and tells the terminal; its socket has no URL.
    func noteAdmin(_ address: SocketAddress) {
        defer { bound.continuation.yield() }
        guard address.ipAddress != nil else { return }
        let url = Self.url(address)
        state.withLock { state in
            state.admin = url
            state.adminPort = address.port
        }
        StandardStream.output.write(line: "admin on \(url)")
    }

    /// `host:port` of a URL.
    static func address(of url: String) -> String { url.replacing("http://", with: "") }

    private static func url(_ address: SocketAddress) -> String {
        let host = address.ipAddress ?? ""
        let shown = host.contains(":") ? "[\(host)]" : host
        return "http://\(shown):\(address.port ?? 0)"
    }
}
