internal import FunctionModel

extension QueueState {
    /// What the store is to be told of a run's end.
    func ending(
        of entry: HeldInvocation,
        _ result: InvocationResult,
        _ record: InvocationRecord?,
        now: WallTime,
        using generator: inout some RandomNumberGenerator
    ) -> HeldInvocation.Ending {
        if result.outcome == .rejected {
            if result.rejection?.isPermanent == true {
                return .settle(Settlement(.dead(.permanent), result: result))
            }
            // It never began, so its attempt doesn't count.
            let wait = max(result.error?.retryAfter ?? .zero, settings.refusedPause)
            return .release(
                Release(notBefore: now + wait, error: result.error, countsAttempt: false)
            )
        }
        if result.outcome == .cancelled, isDraining, !entry.isCancelRequested {
            return .release(Release(error: result.error, record: record))
        }
        let verdict = settings.retries.verdict(
            after: result,
            attempt: entry.claim.attempt - (entry.claim.invocation.progress?.used ?? 0),
            limit: entry.claim.attemptLimit - (entry.claim.invocation.progress?.used ?? 0),
            expires: entry.claim.expires,
            now: now,
            using: &generator
        )
        switch verdict {
        case .settle(let end): return .settle(Settlement(end, result: result, record: record))
        case .retry(let time):
            guard !entry.isCancelRequested else {
                return .settle(Settlement(.cancelled, result: result, record: record))
            }
            return .release(Release(notBefore: time, error: result.error, record: record))
        }
    }
}
