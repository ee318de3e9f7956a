import FunctionModel
import NIOCore
import Synchronization

/// Whoever asked for an invocation: remembers all that it hears.
final class Caller: InvocationObserver {
    private let state = Mutex(State())

    private struct State {
        var control: (any InvocationControl)?
        var heads: [ResponseHead] = []
        var pieces: [String] = []
        var consumed = 0
        var results: [InvocationResult] = []
        var tooEarly = 0
        var tooLate = 0
        var onEnd: (@Sendable () -> Void)?
    }

    var control: (any InvocationControl)? { state.withLock { $0.control } }
    var heads: [ResponseHead] { state.withLock { $0.heads } }
    var pieces: [String] { state.withLock { $0.pieces } }
    var consumed: Int { state.withLock { $0.consumed } }
    var results: [InvocationResult] { state.withLock { $0.results } }
    /// How often it was told something before `invoke` had returned, or after the end.
    var strayEvents: Int { state.withLock { $0.tooEarly + $0.tooLate } }

    var result: InvocationResult? { results.first }
    var outcome: Outcome? { result?.outcome }
    var rejection: Rejection? { result?.error.flatMap { Rejection(rawValue: $0.kind) } }
    var body: String? { result.map { String(buffer: $0.body) } }

    func onEnd(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onEnd = body } }

    /// What `invoke` returned.
    func returned(_ control: any InvocationControl) { state.withLock { $0.control = control } }

    func invocationDidRespond(_ head: ResponseHead) { note { $0.heads.append(head) } }

    func invocationDidWrite(_ piece: ByteBuffer) {
        note { $0.pieces.append(String(buffer: piece)) }
    }

    func invocationDidConsume(bytes: Int) { note { $0.consumed += bytes } }

    func invocationDidEnd(_ result: InvocationResult) {
        let onEnd = state.withLock { $0.onEnd }
        note { $0.results.append(result) }
        onEnd?()
    }

    private func note(_ change: (inout State) -> Void) {
        state.withLock { state in
            if state.control == nil { state.tooEarly += 1 }
            if !state.results.isEmpty { state.tooLate += 1 }
            change(&state)
        }
    }
}
