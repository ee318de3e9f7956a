internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Hears of an invocation for the function that asked for it.
///
/// A streamed response is gathered, up to the limit of the called function.
final class NestedCall: InvocationObserver {
    private let dispatcher: Dispatcher
    private let parent: Invocation
    private let job: WorkerJob
    private let number: UInt32
    private let gathered = Mutex(Gathered())

    private struct Gathered {
        var head: ResponseHead?
        var body = ByteBuffer()
        var limit = 6 << 20
        var control: (any InvocationControl)?
        var isTooLarge = false
    }

    init(dispatcher: Dispatcher, parent: Invocation, job: WorkerJob, number: UInt32) {
        self.dispatcher = dispatcher
        self.parent = parent
        self.job = job
        self.number = number
    }

    /// Says what `invoke` has given, and how much may come.
    func limit(_ bytes: Int, _ control: any InvocationControl) {
        gathered.withLock { gathered in
            gathered.limit = bytes
            gathered.control = control
        }
    }

    func invocationDidRespond(_ head: ResponseHead) { gathered.withLock { $0.head = head } }

    func invocationDidWrite(_ piece: ByteBuffer) {
        let (control, isTooLarge) = gathered.withLock { gathered in
            gathered.isTooLarge =
                gathered.isTooLarge
                || gathered.body.readableBytes + piece.readableBytes > gathered.limit
            if !gathered.isTooLarge { gathered.body.writeImmutableBuffer(piece) }
            return (gathered.control, gathered.isTooLarge)
        }
        if isTooLarge {
            control?.cancel(.caller)
        } else {
            control?.grantCredit(bytes: piece.readableBytes)
        }
    }

    func invocationDidConsume(bytes: Int) {}

    func invocationDidEnd(_ result: InvocationResult) {
        let whole = gathered.withLock { gathered -> InvocationResult in
            defer { gathered.control = nil }
            var whole = result
            if gathered.isTooLarge {
                whole.outcome = .failed
                whole.head = nil
                whole.error = InvocationError(
                    kind: "responseTooLarge",
                    message: "the response has more than \(gathered.limit) bytes"
                )
            } else if let head = gathered.head {
                whole.head = head
                whole.body = gathered.body
            }
            return whole
        }
        dispatcher.answer(parent, job, number, whole)
    }
}
