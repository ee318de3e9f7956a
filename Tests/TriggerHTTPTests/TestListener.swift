import FunctionModel
import Logging
import NIOCore
import NIOPosix

@testable import TriggerHTTP

/// A listener on a free port with functions that a test brings along.
struct TestListener {
    let listener: FunctionListener
    let invoker: FakeInvoker
    let port: Int

    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Serves while the body runs.
    static func serving<Result: Sendable>(
        _ functions: [FakeFunction],
        limits: ListenerLimits = ListenerLimits(),
        desk: (any InvocationDesk)? = nil,
        keys: (any KeyedCalls)? = nil,
        _ body: @escaping @Sendable (TestListener) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = FunctionListener.Configuration(port: 0)
        configuration.limits = limits
        let invoker = FakeInvoker(functions)
        let listener = FunctionListener(
            configuration: configuration,
            invoker: invoker,
            desk: desk,
            keys: keys,
            group: group,
            logger: Logger(label: "test")
        )
        let address = try await listener.bind()
        let result: Result
        do {
            let host = TestListener(listener: listener, invoker: invoker, port: address.port ?? 0)
            result = try await withTaskExecutorPreference(BlockingExecutor.shared) {
                try await body(host)
            }
        } catch {
            try await listener.drain(within: .zero)
            try await group.shutdownGracefully()
            throw error
        }
        try await listener.drain(within: .zero)
        try await group.shutdownGracefully()
        return result
    }

    /// Answers at once.
    static func hello(
        _ path: String = "/hello",
        _ methods: [String] = ["GET"]
    ) throws -> FakeFunction {
        try FakeFunction(path, methods) { invocation in
            var usage = Usage()
            usage.queued = .microseconds(12)
            usage.run = .microseconds(1_500)
            invocation.observer.invocationDidEnd(
                InvocationResult(
                    outcome: .succeeded,
                    head: ResponseHead(status: 200, contentType: "text/plain"),
                    body: ByteBuffer(string: "hello"),
                    usage: usage
                )
            )
        }
    }

    /// Answers with the request's body.
    static func echo(
        _ path: String = "/echo",
        requestSize: ByteCount = .mebibytes(1)
    ) throws -> FakeFunction {
        try FakeFunction(path, ["POST", "PUT"], requestSize: requestSize) { invocation in
            invocation.observer.invocationDidEnd(
                InvocationResult(
                    outcome: .succeeded,
                    head: ResponseHead(status: 200),
                    body: invocation.request.body
                )
            )
        }
    }
}
