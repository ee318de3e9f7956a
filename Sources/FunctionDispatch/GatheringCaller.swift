internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Hears of an invocation for somebody who wants its response whole: a function that called another,
/// or an operator.
final class GatheringCaller: InvocationObserver {
    private let gathered = Mutex(Gathered())
    private let done: @Sendable (InvocationResult) -> Void

    private struct Gathered {
        var response = GatheredResponse()
        var control: (any InvocationControl)?
        /// Credit for pieces that came before the control was known.
        var owed = 0
        /// Whether the end has come: a control that is told of after that isn't kept, since it in turn
        /// keeps this object.
        var isOver = false
    }

    init(done: @escaping @Sendable (InvocationResult) -> Void) { self.done = done }

    /// Says what `invoke` has given, and how much may come.
    func limit(_ bytes: Int, _ control: any InvocationControl) {
        let owed = gathered.withLock { gathered in
            guard !gathered.isOver else { return 0 }
            gathered.response.limit = bytes
            gathered.control = control
            return gathered.owed
        }
        if owed > 0 { control.grantCredit(bytes: owed) }
    }

    func invocationDidRespond(_ head: ResponseHead) {
        gathered.withLock { $0.response.begin(head) }
    }

    func invocationDidWrite(_ piece: ByteBuffer) {
        let (control, fits) = gathered.withLock { gathered in
            if gathered.control == nil { gathered.owed += piece.readableBytes }
            return (gathered.control, gathered.response.append(piece))
        }
        if fits {
            control?.grantCredit(bytes: piece.readableBytes)
        } else {
            control?.cancel(.caller)
        }
    }

    func invocationDidConsume(bytes: Int) {}

    func invocationDidEnd(_ result: InvocationResult) {
        let whole = gathered.withLock { gathered in
            gathered.isOver = true
            gathered.control = nil
            return gathered.response.whole(result)
        }
        done(whole)
    }
}
