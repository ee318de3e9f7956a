internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Functions that call functions.
extension Dispatcher {
    /// How many functions may stand on the way from the first caller to the last.
    static let maximumDepth = DeliveryBounds.depth

    /// A function asks the host for something.
    func called(_ invocation: Invocation, _ job: WorkerJob, _ call: HostCall) {
        let isCall = call.operation == .invoke
        let admission = state.withLock {
            $0.beginChild(invocation, job, call.number, isCall: isCall)
        }
        switch admission {
        case .gone: return
        case .tooMany:
            // The number may be in use, so nothing is taken off the books here.
            let refusal = InvocationResult.rejected(
                .tooManyCalls,
                "'\(invocation.entry.name)' has \(DispatchState.maximumChildren) calls under way, "
                    + "as many as it may"
            )
            guard let (worker, _) = state.withLock({ $0.submitted(invocation) }) else { return }
            answer(worker, job, call.number, refusal)
        case .welcome where isCall: start(call, from: invocation, job)
        case .welcome: serve(call, to: invocation, job)
        }
    }

    private func start(_ call: HostCall, from invocation: Invocation, _ job: WorkerJob) {
        let caller = GatheringCaller { self.answer(invocation, job, call.number, $0) }
        guard let entry = entry(named: call.name) else {
            return caller.invocationDidEnd(
                .rejected(.noSuchFunction, "no function '\(call.name)' is served here")
            )
        }
        guard invocation.request.depth < Self.maximumDepth else {
            return caller.invocationDidEnd(
                .rejected(
                    .tooDeep,
                    "'\(invocation.entry.name)' may not call '\(entry.name)': "
                        + "\(Self.maximumDepth) functions stand on the way already"
                )
            )
        }
        var request = InvocationRequest(
            id: InvocationID(),
            function: entry.name,
            trigger: .call,
            body: call.payload
        )
        request.contentType = call.contentType
        request.trace = invocation.request.trace.next()
        request.depth = invocation.request.depth + 1
        request.repeatable = entry.definition.manifest.idempotent ?? false
        let remaining = max(.zero, Duration(job.deadline - now))
        request.timeout = min(call.timeout ?? remaining, remaining)
        let control = invoke(request, observer: caller)
        caller.limit(entry.definition.quota.responseSize.bytes, control)
        let isWanted = state.withLock { $0.setChild(invocation, job, call.number, control) }
        if !isWanted { control.cancel(.caller) }
    }

    /// A call has ended: its caller hears so while it is still there.
    func answer(
        _ invocation: Invocation,
        _ job: WorkerJob,
        _ number: UInt32,
        _ result: InvocationResult
    ) {
        guard let worker = state.withLock({ $0.endChild(invocation, job, number) }) else { return }
        answer(worker, job, number, result)
    }

    private func answer(
        _ worker: any WorkerHandle,
        _ job: WorkerJob,
        _ number: UInt32,
        _ result: InvocationResult
    ) {
        var payload = result.body
        var contentType = result.head?.contentType ?? ""
        if result.status >= 400, let error = result.error {
            payload = ByteBuffer(string: error.message)
            contentType = "text/plain; charset=utf-8"
        }
        let answer = HostAnswer(
            status: result.status,
            contentType: contentType,
            payload: payload
        )
        on(worker) { $0.answer(job, call: number, answer) }
    }

    /// The time on the clock of deadlines.
    var now: NIODeadline { eventLoop.inEventLoop ? eventLoop.now : .now() }
}
