internal import Hummingbird
internal import Logging
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// What goes with a request through the router: above all the connection it came by.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// How the request came in, as the kernel tells it.
    func way() async -> AdminGate.Way {
        if case .unixDomainSocket? = channel.localAddress {
            return .socket(user: await peerUser())
        }
        return .network(
            peer: channel.remoteAddress?.ipAddress ?? "",
            local: channel.localAddress?.ipAddress ?? ""
        )
    }

    /// The user of the process at the other end of a unix socket.
    private func peerUser() async -> UInt32? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        // The name says unsafe because NIO can't check the type: SO_PEERCRED gives this, unix(7).
        let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket,
            name: .init(rawValue: SO_PEERCRED)
        )
        do {
            return try await credentials.get().user
        } catch {
            logger.warning("the kernel doesn't name the peer of the admin socket: \(error)")
            return nil
        }
    }
}

/// The kernel's `struct ucred`, which the C library's headers show to GNU programs only.
private struct PeerCredentials: Sendable {
    var process: Int32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
}

/// Asks the gate before anything else sees a request.
struct GateMiddleware: RouterMiddleware {
    let gate: AdminGate

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        let question = AdminGate.Question(
            way: await context.way(),
            path: request.uri.path,
            host: request.head.authority,
            origin: request.headers[.origin],
            authorization: request.headers[.authorization]
        )
        switch gate.judge(question) {
        case .pass:
            return try await next(request, context)
        case .refuse(let status, let kind, let detail):
            var response = Problem(status: status, kind: kind, detail: detail).response
            if status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"roost\"" }
            return response
        }
    }
}
