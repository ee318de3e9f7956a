import NIOCore
import NIOPosix
import Synchronization

/// A server on this machine that answers each request with one status, and keeps what it got.
final class PostedServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let kept: Kept

    private final class Kept: Sendable {
        let texts = Mutex<[String]>([])
    }

    var requests: [String] { kept.texts.withLock { $0 } }

    private init(port: Int, channel: any Channel, kept: Kept) {
        self.port = port
        self.channel = channel
        self.kept = kept
    }

    static func start(status: Int) async throws -> PostedServer {
        let kept = Kept()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Answer(status: status) { text in kept.texts.withLock { $0.append(text) } }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return PostedServer(
            port: channel.localAddress?.port ?? 0,
            channel: channel,
            kept: kept
        )
    }

    func stop() async throws { try await channel.close() }

    /// Answers once the body, whose last byte is a line's end, is there.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let status: Int
        private let keep: (String) -> Void
        private var got = ""

        init(status: Int, keep: @escaping (String) -> Void) {
            self.status = status
            self.keep = keep
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            got += String(buffer: unwrapInboundIn(data))
            guard got.hasSuffix("}\n") else { return }
            keep(got)
            got = ""
            let reply =
                "HTTP/1.1 \(status) X\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: 7\r\n"
                + "Content-Length: 0\r\n\r\n"
            context.writeAndFlush(NIOAny(ByteBuffer(string: reply)), promise: nil)
        }
    }
}
