internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Runs a sequence for somebody who waits: its functions one after the other, the output of each the
/// input of the next.
///
/// Each step is admitted and recorded as any invocation, with an id of its own; the whole has the id,
/// the time limit and the record of the sequence. It ends with its last step, or with the first that
/// doesn't answer with a status below 400.
final class SequenceRun: InvocationControl {
    private struct State {
        var step = 0
        var control: (any InvocationControl)?
        var cancelled: CancelReason?
        var usage = Usage()
    }

    private let request: InvocationRequest
    private let entry: FunctionEntry
    private let steps: [FunctionName]
    private let observer: any InvocationObserver
    private let dispatcher: Dispatcher
    private let begun: NIODeadline
    private let deadline: NIODeadline
    private let received: Double
    private let state = Mutex(State())

    /// Starts the first step.
    static func begin(
        _ request: InvocationRequest,
        _ entry: FunctionEntry,
        _ observer: any InvocationObserver,
        _ dispatcher: Dispatcher
    ) -> any InvocationControl {
        let run = SequenceRun(request, entry, observer, dispatcher)
        guard request.depth < DeliveryBounds.depth else {
            dispatcher.eventLoop.execute {
                run.end(
                    .rejected(
                        .tooDeep,
                        "'\(entry.name)' can't run: \(DeliveryBounds.depth) functions stand on the "
                            + "way already"
                    )
                )
            }
            return run
        }
        run.start(0, request.body, request.contentType)
        return run
    }

    private init(
        _ request: InvocationRequest,
        _ entry: FunctionEntry,
        _ observer: any InvocationObserver,
        _ dispatcher: Dispatcher
    ) {
        self.request = request
        self.entry = entry
        self.observer = observer
        self.dispatcher = dispatcher
        steps = entry.definition.steps
        received = dispatcher.wallClock()
        begun = dispatcher.now
        let limit = entry.definition.quota.timeout
        deadline = begun + TimeAmount(min(request.timeout ?? limit, limit))
    }

    // The body of a sequence comes whole, and its response goes whole.
    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}

    func cancel(_ reason: CancelReason) {
        let control = state.withLock { state in
            if state.cancelled == nil { state.cancelled = reason }
            return state.control
        }
        control?.cancel(reason)
    }

    private func start(_ index: Int, _ body: ByteBuffer, _ contentType: String) {
        let isFirst = index == 0
        var step = InvocationRequest(
            id: InvocationID(),
            function: steps[index],
            trigger: isFirst ? request.trigger : .call,
            body: body
        )
        step.contentType = contentType
        step.http = isFirst ? request.http : nil
        step.trace = request.trace.next()
        step.depth = request.depth + 1
        step.timeout = max(.zero, Duration(deadline - dispatcher.now))
        step.repeatable = isFirst && request.repeatable
        let caller = GatheringCaller { [self] result in ended(index, result) }
        let control = dispatcher.invoke(step, observer: caller)
        let limit = dispatcher.entry(of: steps[index])?.definition.quota.responseSize
        caller.limit((limit ?? entry.definition.quota.responseSize).bytes, control)
        let cancelled = state.withLock { state in
            if state.step == index { state.control = control }
            return state.cancelled
        }
        if let cancelled { control.cancel(cancelled) }
    }

    private func ended(_ index: Int, _ result: InvocationResult) {
        let (usage, cancelled) = state.withLock { state in
            state.step = index + 1
            state.control = nil
            state.usage.add(result.usage)
            return (state.usage, state.cancelled)
        }
        let goesOn = result.outcome == .succeeded && result.status < 400
        guard goesOn, index + 1 < steps.count, cancelled == nil else {
            var whole = result.inStep(steps[index])
            whole.usage = usage
            if goesOn, index + 1 < steps.count { whole = Self.cancelled(usage) }
            return end(whole)
        }
        guard deadline > dispatcher.now else { return end(Self.timedOut(usage)) }
        start(index + 1, result.body, result.head?.contentType ?? "")
    }

    private static func timedOut(_ usage: Usage) -> InvocationResult {
        let message = "the time of the sequence was over between two of its steps"
        return InvocationResult(
            outcome: .timedOut,
            error: InvocationError(kind: "timeout", message: message, retryable: true),
            usage: usage
        )
    }

    private static func cancelled(_ usage: Usage) -> InvocationResult {
        let message = "the sequence was cancelled between two of its steps"
        return InvocationResult(
            outcome: .cancelled,
            error: InvocationError(kind: "cancelled", message: message, retryable: true),
            usage: usage
        )
    }

    /// Records the whole and tells its end.
    private func end(_ result: InvocationResult) {
        var record = InvocationRecord(
            id: request.id,
            function: entry.name,
            trigger: request.trigger,
            attempt: request.attempt,
            version: entry.version.contentHash,
            received: received
        )
        record.outcome = result.outcome
        record.status = result.status
        record.error = result.error
        record.usage = result.usage
        dispatcher.records.keep(record)
        dispatcher.onRecord(record)
        entry.meter.ended(request.trigger, result)
        observer.invocationDidEnd(result)
    }
}

extension Usage {
    /// Adds what a further step took.
    fileprivate mutating func add(_ step: Usage) {
        queued += step.queued
        started += step.started
        run += step.run
        cpu += step.cpu
        peakMemory = max(peakMemory, step.peakMemory)
    }
}
