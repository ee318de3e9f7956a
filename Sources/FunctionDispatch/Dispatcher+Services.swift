public import FunctionModel
internal import NIOCore
internal import Synchronization

/// What functions ask of the host beside running others at once.
extension Dispatcher {
    /// Says who answers what functions ask; before, all of it is unsupported.
    public func offer(_ service: any HostCallService) { self.service.withLock { $0 = service } }

    /// Has a request answered, off the event loop, and the answer brought to whoever asked.
    func serve(_ call: HostCall, to invocation: Invocation, _ job: WorkerJob) {
        guard let service = service.withLock({ $0 }) else {
            let answer = HostAnswer.problem(0, "this host doesn't offer that")
            deliver(answer, invocation, job, call.number)
            return
        }
        let caller = HostCaller(
            id: invocation.request.id,
            function: invocation.entry.name,
            trace: invocation.request.trace,
            depth: invocation.request.depth,
            remaining: max(.zero, Duration(job.deadline - now))
        )
        let task = Task {
            let answer = await service.answer(call, from: caller)
            guard !self.deliver(answer, invocation, job, call.number) else { return }
            await answer.undo?()
        }
        let control = ServiceControl(task: task)
        let isWanted = state.withLock { $0.setChild(invocation, job, call.number, control) }
        if !isWanted { control.cancel(.caller) }
    }

    /// Brings an answer to whoever asked; false when nobody is there any more.
    @discardableResult
    private func deliver(
        _ answer: HostAnswer,
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ number: UInt32
    ) -> Bool {
        guard let worker = state.withLock({ $0.endChild(invocation, job, number) }) else {
            return false
        }
        on(worker) { $0.answer(job, call: number, answer) }
        return true
    }
}

/// Stops a request when the invocation that made it is over.
private final class ServiceControl: InvocationControl {
    private let task: Task<Void, Never>

    init(task: Task<Void, Never>) { self.task = task }

    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) { task.cancel() }
}
