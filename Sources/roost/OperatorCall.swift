internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// One invocation that an operator waits for, with its response gathered up to a bound.
final class OperatorCall: InvocationObserver {
    private struct State {
        var head: ResponseHead?
        var body = ByteBuffer()
        var control: (any InvocationControl)?
        var isTooLong = false
        var waiting: CheckedContinuation<InvocationResult, Never>?
        var result: InvocationResult?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Keeps at most `limit` bytes of the response.
    init(limit: Int) { self.limit = limit }

    /// Runs it to its end; cancelling the task cancels the invocation.
    func run(_ request: InvocationRequest, on invoker: any FunctionInvoker) async
        -> OperatorInvocation
    {
        let control = invoker.invoke(request, observer: self)
        state.withLock { $0.control = control }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> InvocationResult? in
                    if state.result == nil { state.waiting = continuation }
                    return state.result
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            control.cancel(.operator)
        }
        let streamed = state.withLock { ($0.head, $0.body) }
        let head = result.head ?? streamed.0
        return OperatorInvocation(
            id: request.id,
            function: request.function,
            outcome: result.outcome,
            status: head?.status ?? result.status,
            contentType: head?.contentType ?? "",
            body: streamed.1.readableBytes > 0 ? streamed.1 : result.body,
            error: result.error,
            usage: result.usage
        )
    }

    func invocationDidRespond(_ head: ResponseHead) { state.withLock { $0.head = head } }

    func invocationDidWrite(_ piece: ByteBuffer) {
        let (control, isTooLong) = state.withLock { state in
            if state.body.readableBytes + piece.readableBytes <= limit {
                state.body.writeImmutableBuffer(piece)
            } else {
                state.isTooLong = true
            }
            return (state.control, state.isTooLong)
        }
        if isTooLong {
            control?.cancel(.operator)
        } else {
            control?.grantCredit(bytes: piece.readableBytes)
        }
    }

    func invocationDidConsume(bytes: Int) {}

    func invocationDidEnd(_ result: InvocationResult) {
        let waiting = state.withLock { state in
            state.result = result
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: result)
    }
}
