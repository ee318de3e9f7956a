internal import FunctionModel
internal import NIOCore
internal import Synchronization

/// Runs a sequence for somebody who waits: its functions one after the other, the output of each the
/// input of the next.
///
/// Each step is admitted and recorded as any invocation, with an id of its own; so is the whole, which
/// no worker runs. It ends with its last step, or with the first that doesn't answer with a status
/// below 400.
final class SequenceRun: InvocationControl {
    private struct State {
        var step = 0
        var control: (any InvocationControl)?
        var cancelled: CancelReason?
        var usage = Usage()
    }

    private let invocation: Invocation
    private let steps: [FunctionName]
    private let dispatcher: Dispatcher
    private let deadline: NIODeadline
    private let state = Mutex(State())

    private var request: InvocationRequest { invocation.request }

    /// Starts the first step of an invocation that was admitted.
    static func begin(
        _ invocation: Invocation,
        until deadline: NIODeadline,
        _ dispatcher: Dispatcher
    ) {
        let run = SequenceRun(invocation, deadline, dispatcher)
        let cancelled = dispatcher.state.withLock { $0.setSequence(invocation, run) }
        if let cancelled { run.cancel(cancelled) }
        run.start(0, run.request.body, run.request.contentType)
    }

    private init(_ invocation: Invocation, _ deadline: NIODeadline, _ dispatcher: Dispatcher) {
        self.invocation = invocation
        self.deadline = deadline
        self.dispatcher = dispatcher
        steps = invocation.entry.definition.steps
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
        caller.limit((limit ?? invocation.entry.definition.quota.responseSize).bytes, control)
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

    /// Has the whole recorded and its end told.
    private func end(_ result: InvocationResult) {
        dispatcher.decide { $0.endSequence(invocation, result, now: $1, &$2) }
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
