internal import FunctionModel
internal import GRDB

extension Session {
    /// Accepts invocations, each for itself or all together.
    mutating func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool
    ) throws -> [EnqueueVerdict] {
        for invocation in invocations { try StoreBounds.check(invocation) }
        if allOrNone, let refused = try refusals(invocations, bounds) { return refused }
        var share = TickShare()
        return try invocations.map { try enqueue($0, bounds: bounds, &share) }
    }

    /// Accepts invocations that follow from a settlement, whatever the bounds: what has been
    /// promised isn't refused.
    mutating func enqueue(followUps invocations: [QueuedInvocation]) throws {
        guard !invocations.isEmpty else { return }
        // An ordering key may be one of theirs.
        try placeBegun()
        let bounds = QueueBounds(perFunction: .max, total: .max)
        var share = TickShare()
        for invocation in invocations { _ = try enqueue(invocation, bounds: bounds, &share) }
    }

    /// Accepts one, and claims it at once where there is a place for it: its row is written once, and
    /// not found again in order to be claimed.
    mutating func enqueue(
        _ invocation: QueuedInvocation,
        bounds: QueueBounds,
        _ share: inout TickShare
    ) throws -> EnqueueVerdict {
        if let verdict = try known(invocation) { return verdict }
        let function = invocation.function.description
        guard books.hasRoom(function, adding: 1, total: 1, bounds) else { return .queueFull }
        let payload = try Payload(invocation)
        var delivery = Delivery(
            invocation.delivery,
            now: now,
            isBlocked: try isBlocked(function, invocation.delivery.orderingKey)
        )
        if delivery.phase == .ready, let (holder, length) = share.take(invocation.function),
            let lease = delivery.claim(invocation.id, by: holder, for: length, now: now)
        {
            var claimed = invocation
            claimed.idempotency = nil
            share.claimed.append(ClaimedInvocation(claimed, delivery, now, lease))
        }
        let entry = EntryRow(invocation, delivery: delivery, digest: payload.digest, now: now)
        let sequence = try entry.insert(database)
        try payload.insert(database, sequence: sequence)
        if let claim = invocation.idempotency { try keep(claim, for: invocation.id, .queued) }
        books.enter(function, delivery.phase)
        if delivery.phase == .ready { ready.insert(invocation.function) }
        return .accepted
    }

    /// The verdict on an invocation that doesn't have to be stored, for its id or key is known.
    private func known(_ invocation: QueuedInvocation) throws -> EnqueueVerdict? {
        var statement = try QuickStatement(database, "select 1 from entries where id = ?")
        statement.bind(invocation.id)
        guard try statement.rows({ _ in }).isEmpty else { return .joined(invocation.id) }
        guard let claim = invocation.idempotency, let kept = try key(claim.key) else { return nil }
        return kept.fingerprint == claim.fingerprint ? .joined(kept.id) : .mismatch(kept.id)
    }

    /// What each of a batch hears when one of them is refused; `nil` when none is.
    private func refusals(
        _ invocations: [QueuedInvocation],
        _ bounds: QueueBounds
    ) throws -> [EnqueueVerdict]? {
        var adding: [String: Int] = [:]
        var total = 0
        var isRefused = false
        let verdicts = try invocations.map { invocation -> EnqueueVerdict in
            let verdict = try known(invocation)
            if case .mismatch = verdict { isRefused = true }
            if let verdict { return verdict }
            let function = invocation.function.description
            adding[function, default: 0] += 1
            total += 1
            let more = adding[function, default: 0]
            guard books.hasRoom(function, adding: more, total: total, bounds) else {
                isRefused = true
                return .queueFull
            }
            return .withheld
        }
        return isRefused ? verdicts : nil
    }
}
