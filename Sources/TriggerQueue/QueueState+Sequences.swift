internal import FunctionModel

extension QueueState {
    /// What a sequence goes on with; `nil` when this was its last step, or it doesn't.
    func next(
        _ claim: ClaimedInvocation,
        _ steps: [FunctionName],
        _ result: InvocationResult,
        _ record: InvocationRecord?
    ) -> HeldInvocation.Ending? {
        guard steps.count > 1, result.outcome == .succeeded, result.status < 400,
            held[claim.invocation.id]?.isCancelRequested == false
        else { return nil }
        var release = Release(record: record)
        release.step = SequenceStep(
            body: result.body,
            contentType: result.head?.contentType ?? "",
            progress: SequenceProgress(
                remaining: Array(steps.dropFirst()),
                used: claim.attempt,
                attempts: claim.invocation.progress?.attempts ?? claim.attemptLimit
            )
        )
        return .release(release)
    }
}
