internal import FunctionModel

/// Decides what is claimed, renewed, settled and given back; a value without store, threads or
/// clock.
///
/// **Invariant:** what has been claimed is held until the store has taken its end, or has said that
/// the lease is somebody else's; at most one claim is under way.
struct QueueState: Sendable {
    /// What the shell is to do.
    enum Action: Sendable {
        /// Run it.
        case run(ClaimedInvocation)
        /// Make its lease longer.
        case renew(Lease, Duration)
        /// Store its end.
        case settle(Lease, FunctionName, Settlement)
        /// Give it back.
        case release(Lease, Release)
        /// Ask its run to stop.
        case stop(InvocationID)
    }

    let settings: QueueSettings
    private(set) var held: [InvocationID: HeldInvocation] = [:]
    private(set) var isDraining = false
    private var isClaiming = false
    /// Whether something may wait that the claim under way doesn't see.
    private var wantsClaim = false
    private var pause = Duration.zero
    private var pausedUntil = WallTime(nanoseconds: 0)

    init(settings: QueueSettings) { self.settings = settings }

    // MARK: Claiming

    /// Something may wait: whether a claim is to be made now.
    mutating func wake(now: WallTime) -> Bool {
        guard !isDraining else { return false }
        guard !isClaiming else {
            wantsClaim = true
            return false
        }
        guard now >= pausedUntil, held.count < settings.heldLimit else { return false }
        isClaiming = true
        wantsClaim = false
        return true
    }

    /// What to claim; `nil`, and no claim is under way, when there is no room anywhere.
    mutating func request(_ places: [FunctionName: FunctionPlaces]) -> ClaimRequest? {
        let allowances = places.compactMapValues { place in
            place.free > 0
                ? ClaimAllowance(count: place.free, lease: place.longest + settings.leaseGrace)
                : nil
        }
        let room = settings.heldLimit - held.count
        guard !allowances.isEmpty, room > 0, !isDraining else {
            isClaiming = false
            return nil
        }
        leases = allowances.mapValues(\.lease)
        return ClaimRequest(
            holder: settings.holder,
            limit: min(settings.claimLimit, room),
            allowances: allowances
        )
    }

    /// How long the leases of the claim under way last.
    private var leases: [FunctionName: Duration] = [:]

    /// A claim has been answered: what to do, and whether to claim again at once.
    mutating func claimed(_ report: ClaimReport, now: WallTime) -> (actions: [Action], again: Bool)
    {
        isClaiming = false
        pause = .zero
        var actions: [Action] = []
        for claim in report.claimed {
            let length = leases[claim.invocation.function] ?? claim.lease.expires - now
            guard !isDraining else {
                hold(claim, length, ending: .release(Release(countsAttempt: false)))
                actions.append(.release(claim.lease, Release(countsAttempt: false)))
                continue
            }
            hold(claim, length)
            actions.append(.run(claim))
        }
        return (actions, wantsClaim || !report.claimed.isEmpty)
    }

    /// The store couldn't be asked.
    mutating func claimFailed(now: WallTime) {
        isClaiming = false
        pause = min(max(pause * 2, settings.shortestPause), settings.longestPause)
        pausedUntil = now + pause
    }

    private mutating func hold(
        _ claim: ClaimedInvocation,
        _ length: Duration,
        ending: HeldInvocation.Ending? = nil
    ) {
        var entry = HeldInvocation(claim, leaseLength: length)
        entry.ending = ending
        held[claim.invocation.id] = entry
    }

    // MARK: Ends

    /// A run has ended: what the store is to be told; `nil` when it isn't held any more.
    mutating func ended(
        _ id: InvocationID,
        _ result: InvocationResult,
        record: InvocationRecord?,
        now: WallTime,
        _ followUps: FollowUps = { _, _ in [] },
        using generator: inout some RandomNumberGenerator
    ) -> Action? {
        guard var entry = held[id], entry.ending == nil else { return nil }
        let ending = ending(of: entry, result, record, now: now, using: &generator)
        entry.ending = ending.with { followUps(entry.claim, $0) }
        held[id] = entry
        return entry.action
    }

    private func ending(
        of entry: HeldInvocation,
        _ result: InvocationResult,
        _ record: InvocationRecord?,
        now: WallTime,
        using generator: inout some RandomNumberGenerator
    ) -> HeldInvocation.Ending {
        if result.outcome == .rejected {
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
            attempt: entry.claim.attempt,
            limit: entry.claim.attemptLimit,
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

    /// The store has taken the end, or the lease is somebody else's.
    mutating func over(_ id: InvocationID, token: Int64) {
        if held[id]?.lease.token == token { held[id] = nil }
    }

    /// The store couldn't take the end: it is offered again after a pause.
    mutating func endingFailed(_ id: InvocationID, _ error: StoreError, now: WallTime) {
        guard var entry = held[id] else { return }
        entry.failures += 1
        if case .tooLarge(let what) = error { entry.ending = entry.ending?.without(what) }
        let pause = settings.shortestPause * (1 << min(entry.failures - 1, 10))
        entry.offeredAgain = now + min(pause, settings.longestPause)
        held[id] = entry
    }

    // MARK: Time

    /// What has come due: leases to renew, ends to offer again.
    mutating func due(now: WallTime) -> [Action] {
        var actions: [Action] = []
        for (id, entry) in held {
            if let time = entry.offeredAgain, time <= now, let action = entry.action {
                held[id]?.offeredAgain = nil
                actions.append(action)
            }
            if entry.renewal <= now {
                // Not asked for again before this time, however long the store takes.
                held[id]?.renewal = now + entry.leaseLength / 3
                actions.append(.renew(entry.lease, entry.leaseLength))
            }
        }
        return actions
    }

    /// A lease has been renewed: its run is stopped when somebody wants that.
    mutating func renewed(_ renewal: RenewedLease) -> Action? {
        let id = renewal.lease.id
        guard held[id]?.lease.token == renewal.lease.token else { return nil }
        held[id]?.lease = renewal.lease
        return renewal.isCancelRequested ? cancel(id) : nil
    }

    /// A lease is somebody else's: what runs under it is stopped, and its end concerns nobody.
    mutating func lostLease(_ lease: Lease) -> Action? {
        guard let entry = held[lease.id], entry.lease.token == lease.token else { return nil }
        held[lease.id] = nil
        return entry.ending == nil ? .stop(lease.id) : nil
    }

    /// Somebody wants an invocation to stop; `nil` when it doesn't run here.
    mutating func cancel(_ id: InvocationID) -> Action? {
        guard held[id]?.ending == nil, held[id]?.isCancelRequested == false else { return nil }
        held[id]?.isCancelRequested = true
        return .stop(id)
    }

    /// Claims nothing more.
    mutating func drain() { isDraining = true }
}
