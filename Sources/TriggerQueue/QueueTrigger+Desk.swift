public import FunctionModel
internal import NIOCore
internal import Synchronization

extension QueueTrigger: InvocationDesk {
    /// Accepts an invocation; it is durable when this returns `accepted`.
    public func accept(
        _ invocation: QueuedInvocation,
        key: String? = nil
    ) async throws(StoreError) -> EnqueueVerdict {
        if let problem = tooLarge(invocation) { throw .tooLarge(problem) }
        let verdicts = try await store.enqueue(
            [claimed(invocation, key, "")],
            bounds: settings.bounds,
            allOrNone: false
        )
        Failpoint.acknowledging.pass()
        guard let verdict = verdicts.first else {
            throw .unavailable("the store gave no verdict")
        }
        return verdict
    }

    /// Accepts invocations with their callers' wishes in one commit: all or none.
    public func submit(_ submissions: [Submission]) async throws(StoreError) -> SubmitVerdict {
        let now = now()
        let policy = policy()
        var invocations: [QueuedInvocation] = []
        for (index, submission) in submissions.enumerated() {
            var invocation = submission.invocation
            let own = directory?.delivery(of: invocation.function) ?? DeliveryOptions()
            invocation.delivery = submission.wishes.applied(to: own, now: now)
            if let problem = submission.wishes.problem(invocation.delivery, now: now)
                ?? policy.problem(submission.wishes)
            {
                return .refused(index, problem)
            }
            if let problem = tooLarge(invocation) {
                let place = submissions.count > 1 ? "invocations[\(index)]: " : ""
                throw .tooLarge(place + problem)
            }
            invocations.append(claimed(invocation, submission.key, submission.caller))
        }
        let verdicts = try await store.enqueue(
            invocations,
            bounds: settings.bounds,
            allOrNone: true
        )
        guard verdicts.count == invocations.count else {
            throw .unavailable("the store gave no verdict")
        }
        return .judged(verdicts)
    }

    /// Why a payload is larger than its function takes; `nil` when it isn't.
    func tooLarge(_ invocation: QueuedInvocation) -> String? {
        guard let limit = directory?.requestSize(of: invocation.function),
            invocation.body.readableBytes > limit.bytes
        else { return nil }
        return "the payload is larger than the \(limit) that '\(invocation.function)' takes"
    }

    /// The invocation with its idempotency key, which is known for as long as it may live.
    private func claimed(
        _ invocation: QueuedInvocation,
        _ key: String?,
        _ caller: String
    ) -> QueuedInvocation {
        var invocation = invocation
        let expires = now() + invocation.delivery.keyLifetime(atLeast: settings.keyLifetime)
        guard let key else {
            if let set = invocation.idempotency?.expires {
                invocation.idempotency?.expires = max(set, expires)
            }
            return invocation
        }
        invocation.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: invocation.function, caller: caller, key: key),
            fingerprint: IdempotencyClaim.fingerprint(
                of: invocation.body,
                invocation.contentType + (invocation.http?.keyedPart ?? "")
            ),
            expires: expires
        )
        return invocation
    }

    /// Returns what is known of an invocation, at its end or after the wait; `nil` when nothing is.
    public func stored(
        _ id: InvocationID,
        waiting: Duration
    ) async throws(StoreError) -> StoredInvocation? {
        // Registered before the first look, so that no end falls in between.
        let end = waiting > .zero ? waiters.wait(for: id) : nil
        let found = try await store.stored(id)
        guard let end, let found, !found.isOver else { return found }
        await withTaskGroup { tasks in
            tasks.addTask { for await _ in end {} }
            tasks.addTask {
                // Cancelled when the end came first, or the caller has gone.
                do { try await Task.sleep(for: waiting) } catch {}
            }
            await tasks.next()
            tasks.cancelAll()
        }
        return try await store.stored(id)
    }

    /// Keeps an invocation from running (again), and asks it to stop where it runs.
    public func cancel(_ id: InvocationID) async throws(StoreError) -> CancelVerdict {
        let verdict = try await store.cancel(id)
        switch verdict {
        case .cancelled: wake()
        case .running:
            if let action = state.withLock({ $0.cancel(id) }) { perform(action) }
        case .ended, .unknown: break
        }
        return verdict
    }
}
