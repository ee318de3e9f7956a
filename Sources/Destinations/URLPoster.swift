internal import FunctionModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Posts reports to URLs: resolves once, checks where that leads, and connects there only.
///
/// Redirects are not followed, and of the reply only its head is read.
struct URLPoster: Sendable {
    /// What one report may take from its resolution to the reply's head.
    static let timeout = Duration.seconds(10)

    let group: any EventLoopGroup
    private let resolving: NIOThreadPool

    init(group: any EventLoopGroup) {
        self.group = group
        // Name servers that don't answer must not hold up other work of the process.
        resolving = NIOThreadPool(numberOfThreads: 4)
        resolving.start()
    }

    /// Posts a report, and says how that ended.
    func post(_ request: InvocationRequest, _ policy: DeliveryPolicy) async -> InvocationResult {
        guard let text = request.http?.path, let url = DeliveryURL(text) else {
            return .undelivered("badURL", "no URL that the host can post to", retryable: false)
        }
        if let problem = policy.problem(.url(text)) {
            return .undelivered("notAllowed", problem.description, retryable: false)
        }
        do {
            return try await withThrowingTaskGroup(of: InvocationResult.self) { tasks in
                tasks.addTask { try await attempt(request, url, isNamed: policy.names(text)) }
                tasks.addTask {
                    try await Task.sleep(for: Self.timeout)
                    return .undelivered(
                        "timedOut",
                        "\(url.authority) did not answer within \(Self.timeout)"
                    )
                }
                defer { tasks.cancelAll() }
                return try await tasks.next() ?? .undelivered("cancelled", "cancelled")
            }
        } catch {
            return .undelivered("unreachable", "\(url.authority) can't be reached: \(error)")
        }
    }

    private func attempt(
        _ request: InvocationRequest,
        _ url: DeliveryURL,
        isNamed: Bool
    ) async throws -> InvocationResult {
        let address = try await resolving.runIfActive {
            try SocketAddress.makeAddressResolvingHost(url.host, port: url.port)
        }
        let kind = AddressKind(address.ipAddress ?? "")
        guard kind == .global || kind == .local && isNamed else {
            return .undelivered(
                "addressRefused",
                "\(url.host) leads to \(address.ipAddress ?? "no address"), where the host posts "
                    + "nothing" + (kind == .local ? " unless its operator names the URL" : ""),
                retryable: false
            )
        }
        let promise = group.any().makePromise(of: HTTPResponseHead.self)
        let channel: any Channel
        do {
            channel = try await connect(to: address, url, promise)
        } catch {
            promise.fail(error)
            throw error
        }
        return try await withTaskCancellationHandler {
            defer { channel.close(promise: nil) }
            channel.write(HTTPClientRequestPart.head(Self.head(request, url)), promise: nil)
            channel.write(HTTPClientRequestPart.body(.byteBuffer(request.body)), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return Self.result(try await promise.futureResult.get(), url)
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func connect(
        to address: SocketAddress,
        _ url: DeliveryURL,
        _ promise: EventLoopPromise<HTTPResponseHead>
    ) async throws -> any Channel {
        let tls = url.isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        let isName = AddressKind(url.host) == .never && !url.host.contains(":")
        return try await ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let name = isName ? url.host : nil
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name)
                        )
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HeadWaiter(promise))
                }
            }
            .connect(to: address).get()
    }

    private static func head(
        _ request: InvocationRequest,
        _ url: DeliveryURL
    ) -> NIOHTTP1.HTTPRequestHead {
        var headers = HTTPHeaders([
            ("host", url.authority), ("user-agent", "roost"), ("connection", "close"),
            ("content-type", request.contentType),
            ("content-length", "\(request.body.readableBytes)"),
            ("idempotency-key", request.id.description),
            ("traceparent", request.trace.traceparent),
        ])
        for field in request.http?.headers ?? [] {
            headers.add(name: field.name, value: field.value)
        }
        return NIOHTTP1.HTTPRequestHead(
            version: .http1_1,
            method: .POST,
            uri: url.target,
            headers: headers
        )
    }

    private static func result(_ head: HTTPResponseHead, _ url: DeliveryURL) -> InvocationResult {
        let status = Int(head.status.code)
        guard !(200...299).contains(status) else {
            return InvocationResult(outcome: .succeeded, head: ResponseHead(status: status))
        }
        var result = InvocationResult.undelivered(
            "status\(status)",
            "\(url.authority) answered with status \(status)",
            retryable: status >= 500 || status == 408 || status == 429
        )
        let wait = head.headers.first(name: "retry-after").flatMap { UInt32($0) }
        result.error?.retryAfter = wait.map { .seconds($0) }
        result.head = ResponseHead(status: status)
        return result
    }
}

extension InvocationResult {
    /// A report didn't reach its destination.
    static func undelivered(
        _ kind: String,
        _ message: String,
        retryable: Bool = true
    ) -> InvocationResult {
        InvocationResult(
            outcome: .failed,
            error: InvocationError(kind: kind, message: message, retryable: retryable)
        )
    }
}

/// Waits for the head of the reply, and closes when it is there.
private final class HeadWaiter: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private var promise: EventLoopPromise<HTTPResponseHead>?

    init(_ promise: EventLoopPromise<HTTPResponseHead>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        promise?.succeed(head)
        promise = nil
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise?.fail(error)
        promise = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise?.fail(ChannelError.eof)
        promise = nil
    }
}
