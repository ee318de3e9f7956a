import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// A bare server that answers every request with one byte: what the transport and its HTTP codec cost
/// without a host behind them.
@main
enum Floor {
    static func main() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(OneByte())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        print("listening on http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        fflush(nil)
        try await server.closeFuture.get()
    }
}

/// Replies when a request has come to its end.
private final class OneByte: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let headers: HTTPHeaders = ["content-type": "text/plain", "content-length": "1"]
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(bytes: [UInt8(ascii: "x")])
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
