internal import CFunctionABI
internal import FunctionSDK
internal import Synchronization

/// One invocation on the host's side of the table: what has arrived, what was written, who waits.
final class TestCall: Sendable {
    struct Waiter {
        var events: UInt32
        var wake: @Sendable () -> Void
    }

    struct State {
        var arriving: [[UInt8]] = []
        var arrived: [UInt8] = []
        var waiting: [Waiter] = []
        var outstanding = 0
        var wantsBody = false
        var wantsRoom = false
        var cancelled: CancelReason?
        var reply = TestReply()
        var ended = false
        var streamed = false
        var waitingForEnd: [CheckedContinuation<TestReply, Never>] = []
    }

    let loop: WorkerLoop
    let world: TestWorld
    let store: TestStore
    let functionName: String
    let event: LentEvent?
    let deadline: Duration
    let leavingAfter: Int?
    let state: Mutex<State>
    private let whenEnded: @Sendable () -> Void

    init(
        loop: WorkerLoop,
        world: TestWorld,
        store: TestStore,
        functionName: String,
        event: LentEvent?,
        body: ArraySlice<[UInt8]>,
        deadline: Duration,
        leavingAfter: Int?,
        whenEnded: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.world = world
        self.store = store
        self.functionName = functionName
        self.event = event
        self.deadline = deadline
        self.leavingAfter = leavingAfter
        self.whenEnded = whenEnded
        state = Mutex(State(arriving: Array(body)))
    }

    /// The context that the plugin gets.
    var context: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func of(_ context: OpaquePointer?) -> TestCall? {
        context.map { Unmanaged<TestCall>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// Waits for the end.
    func reply() async -> TestReply {
        await withCheckedContinuation { continuation in
            let done: TestReply? = state.withLock { state in
                if state.ended { return state.reply }
                state.waitingForEnd.append(continuation)
                return nil
            }
            if let done { continuation.resume(returning: done) }
        }
    }

    /// Marks the end with what `change` writes into the reply.
    func end(_ change: (inout TestReply) -> Void) {
        let (waiting, reply) = state.withLock { state in
            if state.ended {
                state.reply.violations.append("replied twice")
                return ([CheckedContinuation<TestReply, Never>](), state.reply)
            }
            state.ended = true
            change(&state.reply)
            defer { state.waitingForEnd = [] }
            state.waiting = []
            return (state.waitingForEnd, state.reply)
        }
        for continuation in waiting { continuation.resume(returning: reply) }
        whenEnded()
    }

    /// Asks the handler to stop.
    func cancel(_ reason: CancelReason) {
        state.withLock { state in
            if state.cancelled == nil { state.cancelled = reason }
        }
        wake(UInt32(ROOST_WHEN_CANCELLED))
    }

    /// Cancels when the fake clock has passed the deadline.
    func checkDeadline() {
        if loop.now >= deadline { cancel(.timeout) }
    }

    /// Lets the next piece of the body arrive and the reader catch up; false when nothing changed.
    func idle() -> Bool {
        checkDeadline()
        let events: UInt32 = state.withLock { state in
            guard !state.ended else { return 0 }
            var events: UInt32 = 0
            if state.wantsBody, !state.arriving.isEmpty {
                state.arrived = state.arriving.removeFirst()
                state.wantsBody = false
                events |= UInt32(ROOST_WHEN_READABLE)
            }
            if state.wantsRoom {
                state.wantsRoom = false
                state.outstanding = 0
                events |= UInt32(ROOST_WHEN_WRITABLE)
            }
            return events
        }
        if events != 0 { wake(events) }
        return events != 0
    }

    /// Calls those who wait for one of `events`.
    func wake(_ events: UInt32) {
        let due = state.withLock { state in
            let due = state.waiting.filter { $0.events & events != 0 }
            state.waiting.removeAll { $0.events & events != 0 }
            return due
        }
        for waiter in due { loop.post(waiter.wake) }
        // Also where nobody waits: a plain handler may be running the loop.
        loop.post {}
    }
}
