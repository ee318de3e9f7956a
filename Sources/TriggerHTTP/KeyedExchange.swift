internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Stands between an invocation under a key and its request: the reply goes out when it can be given
/// again, and the invocation goes on when the client leaves.
final class KeyedExchange: InvocationObserver, InvocationControl {
    private struct State {
        var control: (any InvocationControl)?
        var isStreaming = false
        var isCallerGone = false
        var isOver = false
        var ends: CancelReason?
        /// What the request's body takes of the budget of all bodies.
        var budgeted = 0
    }

    private let exchange: Exchange
    private let call: KeyedCall
    private let keys: any KeyedCalls
    private let budget: BodyBudget
    private let state: Mutex<State>

    /// Takes over what the body has of the budget: it is kept as long as the invocation, which outlasts
    /// its client.
    init(
        _ exchange: Exchange,
        _ call: KeyedCall,
        _ keys: any KeyedCalls,
        _ budget: BodyBudget,
        budgeted: Int
    ) {
        self.exchange = exchange
        self.call = call
        self.keys = keys
        self.budget = budget
        state = Mutex(State(budgeted: budgeted))
    }

    /// Says what steers the invocation.
    func isSteered(by control: any InvocationControl) {
        let reason = state.withLock { state -> CancelReason? in
            // It may be over already, and nobody would let go of it.
            guard !state.isOver else { return nil }
            state.control = control
            return state.ends
        }
        if let reason { control.cancel(reason) }
    }

    /// The body is wanted no longer.
    func giveBudgetBack() {
        let bytes = state.withLock { state in
            defer { state.budgeted = 0 }
            return state.budgeted
        }
        if bytes > 0 { budget.give(bytes) }
    }

    // MARK: What the invocation says

    func invocationDidRespond(_ head: ResponseHead) {
        let (isCallerGone, control) = state.withLock { state in
            state.isStreaming = true
            if state.isCallerGone, state.control == nil { state.ends = .caller }
            return (state.isCallerGone, state.control)
        }
        // Nobody reads what follows, and it can't be kept.
        if isCallerGone { control?.cancel(.caller) }
        exchange.invocationDidRespond(head)
    }

    func invocationDidWrite(_ piece: ByteBuffer) { exchange.invocationDidWrite(piece) }

    func invocationDidConsume(bytes: Int) { exchange.invocationDidConsume(bytes: bytes) }

    func invocationDidEnd(_ result: InvocationResult) {
        let isWhole = state.withLock { state in
            state.control = nil
            state.isOver = true
            return !state.isStreaming
        }
        giveBudgetBack()
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
            guard state.isStreaming || reason != .caller else {
                state.isCallerGone = true
                return nil
            }
            if state.control == nil { state.ends = reason }
            return state.control
        }
        control?.cancel(reason)
    }
}
