internal import FunctionModel
internal import NIOCore

/// One request with its reply: hears of the invocation on any thread, and tells its connection on
/// the connection's event loop.
final class Exchange: InvocationObserver {
    let id: InvocationID
    private let loop: any EventLoop
    private let connection: NIOLoopBound<Connection>

    init(id: InvocationID, loop: any EventLoop, connection: NIOLoopBound<Connection>) {
        self.id = id
        self.loop = loop
        self.connection = connection
    }

    func invocationDidRespond(_ head: ResponseHead) {
        onLoop { exchange in exchange.connection.value.didRespond(exchange, head) }
    }

    func invocationDidWrite(_ piece: ByteBuffer) {
        onLoop { exchange in exchange.connection.value.didWrite(exchange, piece) }
    }

    func invocationDidConsume(bytes: Int) {
        onLoop { exchange in exchange.connection.value.didConsume(exchange, bytes) }
    }

    func invocationDidEnd(_ result: InvocationResult) {
        onLoop { exchange in exchange.connection.value.didEnd(exchange, result) }
    }

    /// The desk has answered; on any thread.
    func deskDidAnswer(_ answer: DeskAnswer) {
        onLoop { exchange in exchange.connection.value.didAnswer(exchange, answer) }
    }

    private func onLoop(_ body: @escaping @Sendable (Exchange) -> Void) {
        if loop.inEventLoop {
            body(self)
        } else {
            loop.execute { body(self) }
        }
    }
}
