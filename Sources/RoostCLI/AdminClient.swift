public import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Asks a running host over its admin API, one connection per request.
public struct AdminClient: Sendable {
    /// Where the host listens.
    public enum Endpoint: Sendable, Hashable {
        /// A unix socket.
        case socket(path: String)
        /// A TCP listener, with its bearer token.
        case network(host: String, port: Int, token: String)
    }

    /// A request to the host.
    public struct Request: Sendable {
        /// The method, in capitals.
        public var method: String
        /// Path and query, percent-encoded.
        public var target: String
        /// Headers beside those that every request has.
        public var headers: [(String, String)]
        /// The body.
        public var body: ByteBuffer?

        /// Describes a request.
        public init(
            _ method: String,
            _ target: String,
            headers: [(String, String)] = [],
            body: ByteBuffer? = nil
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
        }
    }

    /// A whole reply.
    public struct Reply: Sendable {
        /// The status.
        public var status: Int
        /// The headers; names in lower case.
        public var headers: [String: String]
        /// The body.
        public var body: ByteBuffer
    }

    let endpoint: Endpoint
    /// Replies that are gathered may not be larger.
    static let largestReply = 256 << 20

    /// Talks to a host.
    public init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    /// Sends a request and gathers the reply.
    ///
    /// - Throws: `CommandFailure` when no host answers, or not within `timeout`.
    public func send(_ request: Request, timeout: Duration? = .seconds(30)) async throws -> Reply {
        try await within(timeout) {
            var body = ByteBuffer()
            var reply = try await exchange(request) { _, piece in
                guard body.readableBytes + piece.readableBytes <= Self.largestReply else {
                    throw CommandFailure(.failed, "the host's reply is larger than 256 MiB")
                }
                body.writeImmutableBuffer(piece)
            }
            reply.body = body
            return reply
        }
    }

    /// Sends a request and hands over the reply's body as it arrives.
    ///
    /// - Throws: `CommandFailure` when no host answers; what `onPiece` throws.
    public func exchange(
        _ request: Request,
        onPiece: (Reply, ByteBuffer) async throws -> Void
    ) async throws -> Reply {
        let connection = try await connect()
        return try await connection.executeThenClose { inbound, outbound in
            // A host that refuses a large body answers early and closes: its words matter more than
            // the error of our writing.
            var writeError: (any Error)?
            do { try await write(request, to: outbound) } catch { writeError = error }
            var reply: Reply?
            do {
                for try await part in inbound {
                    switch part {
                    case .head(let head): reply = Reply(head)
                    case .body(let piece):
                        if let reply { try await onPiece(reply, piece) }
                    case .end:
                        if let reply { return reply }
                    }
                }
            } catch let error as IOError {
                writeError = writeError ?? error
            } catch let error as ChannelError {
                writeError = writeError ?? error
            }
            throw CommandFailure(
                .unreachable,
                "the host at \(endpoint) hung up before its reply was complete"
                    + (writeError.map { ": \($0)" } ?? "")
            )
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
        @Sendable func initialize(_ channel: any Channel) -> EventLoopFuture<Connection> {
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        do {
            switch endpoint {
            case .socket(let path):
                return try await bootstrap.connect(
                    unixDomainSocketPath: path,
                    channelInitializer: initialize
                )
            case .network(let host, let port, _):
                return try await bootstrap.connect(
                    host: host,
                    port: port,
                    channelInitializer: initialize
                )
            }
        } catch {
            throw CommandFailure.noHost(at: endpoint, because: error)
        }
    }

    private func write(
        _ request: Request,
        to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        var headers = HTTPHeaders([("accept", "application/json"), ("connection", "close")])
        switch endpoint {
        case .socket: headers.add(name: "host", value: "localhost")
        case .network(let host, let port, let token):
            let name = host.contains(":") ? "[\(host)]" : host
            headers.add(name: "host", value: "\(name):\(port)")
            headers.add(name: "authorization", value: "Bearer \(token)")
        }
        for (name, value) in request.headers { headers.replaceOrAdd(name: name, value: value) }
        let length = request.body?.readableBytes ?? 0
        if length > 0 || ["POST", "PUT"].contains(request.method) {
            headers.add(name: "content-length", value: "\(length)")
        }
        let head = HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method),
            uri: request.target,
            headers: headers
        )
        try await outbound.write(.head(head))
        var rest = request.body ?? ByteBuffer()
        while let piece = rest.readSlice(length: min(rest.readableBytes, 256 << 10)),
            piece.readableBytes > 0
        {
            try await outbound.write(.body(.byteBuffer(piece)))
        }
        try await outbound.write(.end(nil))
    }

    private func within<Value: Sendable>(
        _ timeout: Duration?,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let timeout else { return try await work() }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw CommandFailure(.unreachable, "the host did not answer within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

extension AdminClient.Reply {
    fileprivate init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        headers = Dictionary(
            head.headers.map { ($0.name.lowercased(), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        body = ByteBuffer()
    }
}

extension AdminClient.Endpoint: CustomStringConvertible {
    /// The socket's path or the address; never the token.
    public var description: String {
        switch self {
        case .socket(let path): path
        case .network(let host, let port, _): "\(host):\(port)"
        }
    }
}
