internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Stands between an invocation under a key and its request: the reply goes out when it can be given
/// again, and the invocation goes on when the client leaves.
final class KeyedExchange: InvocationObserver, InvocationControl {
    private struct State {
        var control: (any InvocationControl)?
        var isStreaming = false
        var ends: CancelReason?
    }

    private let exchange: Exchange
    private let call: KeyedCall
    private let keys: any KeyedCalls
    private let state = Mutex(State())

    init(_ exchange: Exchange, _ call: KeyedCall, _ keys: any KeyedCalls) {
        self.exchange = exchange
        self.call = call
        self.keys = keys
    }

    /// Says what steers the invocation.
    func isSteered(by control: any InvocationControl) {
        let reason = state.withLock { state in
            state.control = control
            return state.ends
        }
        if let reason { control.cancel(reason) }
    }

    // MARK: What the invocation says

    func invocationDidRespond(_ head: ResponseHead) {
        state.withLock { $0.isStreaming = true }
        exchange.invocationDidRespond(head)
    }

    func invocationDidWrite(_ piece: ByteBuffer) { exchange.invocationDidWrite(piece) }

    func invocationDidConsume(bytes: Int) { exchange.invocationDidConsume(bytes: bytes) }

    func invocationDidEnd(_ result: InvocationResult) {
        let isWhole = state.withLock { state in
            state.control = nil
            return !state.isStreaming
        }
        Task { [exchange, call, keys] in
            await keys.end(call, result, isWhole: isWhole)
            exchange.invocationDidEnd(result)
        }
    }

    // MARK: What the connection says

    func sendBody(_ piece: ByteBuffer, end: Bool) {}

    func grantCredit(bytes: Int) {
        state.withLock { $0.control }?.grantCredit(bytes: bytes)
    }

    /// Stops it only where its reply couldn't be given to anybody later.
    func cancel(_ reason: CancelReason) {
        let control = state.withLock { state -> (any InvocationControl)? in
            guard state.isStreaming || reason != .caller else { return nil }
            if state.control == nil { state.ends = reason }
            return state.control
        }
        control?.cancel(reason)
    }
}
