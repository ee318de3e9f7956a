internal import FunctionModel

extension QueueState {
    /// What the store is to be told of a run's end.
    func ending(
        of entry: HeldInvocation,
        _ result: InvocationResult,
        _ record: InvocationRecord?,
        steps: [FunctionName],
        now: WallTime,
        using generator: inout some RandomNumberGenerator
    ) -> HeldInvocation.Ending {
        if result.outcome == .rejected { return refusal(result, steps.first, now: now) }
        if result.outcome == .cancelled {
            return entry.isCancelRequested
                ? .settle(Settlement(.cancelled, result: result, record: record))
                : .release(interruption(result, record, now: now))
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

    /// It was stopped though nobody had asked for that: the host or its version goes away.
    private func interruption(
        _ result: InvocationResult,
        _ record: InvocationRecord?,
        now: WallTime
    ) -> Release {
        // In a drain the next start of the host takes it up, whenever that is.
        let wait = isDraining ? nil : result.error?.retryAfter ?? settings.refusedPause
        var release = Release(
            notBefore: wait.map { now + $0 },
            error: result.error,
            record: record
        )
        release.isInterrupted = true
        return release
    }

    /// It never began: tried again without counting, unless that can't help.
    private func refusal(
        _ result: InvocationResult,
        _ step: FunctionName?,
        now: WallTime
    ) -> HeldInvocation.Ending {
        var wait = wait(after: result)
        switch result.rejection {
        case .tooDeep: return .settle(Settlement(.dead(.tooDeep), result: result))
        case .noSuchFunction:
            // What isn't served isn't claimed, but a sequence is whatever its steps are.
            if let step, absences.have(step, lasted: settings.longestAbsence, now: now) {
                return .settle(Settlement(.dead(.noSuchFunction), result: result))
            }
            wait = max(wait, settings.longestPause)
        case let reason?:
            if reason.isPermanent {
                return .settle(Settlement(.dead(.permanent), result: result))
            }
        case nil: break
        }
        return .release(Release(notBefore: now + wait, error: result.error, countsAttempt: false))
    }

    /// How long what was turned away waits.
    func wait(after result: InvocationResult) -> Duration {
        max(result.error?.retryAfter ?? .zero, settings.refusedPause)
    }
}

extension InvocationResult {
    /// Whether others of its function may well run.
    var isRefusedAlone: Bool {
        rejection == .tooDeep || rejection == .noSuchFunction || rejection?.isPermanent == true
    }
}
