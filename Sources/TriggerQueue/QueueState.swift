internal import FunctionModel

/// Decides what is claimed, renewed, settled and given back; a value without store, threads or
/// clock.
///
/// **Invariant:** what has been claimed is held until the store has taken its end, or has said that
/// the lease is somebody else's; at most one claim of its own is under way, beside those that commits
/// make of what they have just queued.
struct QueueState: Sendable {
    /// What the shell is to do.
    indirect enum Action: Sendable {
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
    var held: [InvocationID: HeldInvocation] = [:]
    private(set) var isDraining = false
    var candidates = ClaimCandidates()
    var lanes: [FunctionName: FunctionLane] = [:]
    var isClaiming = false
    /// Whether what this holder had when it died has been given back.
    var isRecovered = false
    /// How many the next claim takes at most.
    var claimSize: Int
    /// The claim under way.
    var asked: ClaimRequest?
    var woken = WallTime(nanoseconds: 0)
    var pause = Duration.zero
    var paused: Pause?
    /// What is held for its time.
    var holds = HoldList()
    /// Whether there is somebody who begins it then.
    var mayHold = false
    private(set) var heldBytes = 0
    private(set) var absences: Absences

    init(settings: QueueSettings) {
        self.settings = settings
        claimSize = settings.claimLimit
        absences = Absences(limit: settings.heldLimit)
    }

    // MARK: Ends

    /// A run has ended: what the store is to be told, unless the lease is somebody else's by now, and
    /// what begins in its place.
    mutating func ended(
        _ claim: ClaimedInvocation,
        _ result: InvocationResult,
        steps: [FunctionName] = [],
        record: InvocationRecord?,
        now: WallTime,
        _ followUps: FollowUps = { _, _ in [] },
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let id = claim.invocation.id
        var actions: [Action] = []
        if var entry = held[id], entry.claim.lease.token == claim.lease.token,
            entry.ending == nil
        {
            if let step = steps.first {
                let isAbsent = result.rejection == .noSuchFunction
                absences.note(step, isAbsent: isAbsent, now: now)
            }
            let ending =
                next(entry.claim, steps, result, record)
                ?? ending(of: entry, result, record, steps: steps, now: now, using: &generator)
            let whole = ending.with { followUps(entry.claim, $0) }
            entry.ending = whole
            entry.bytes += whole.bytes
            hold(entry)
            if let action = entry.action { actions.append(action) }
        }
        lanes[claim.invocation.function]?.end()
        if result.outcome == .rejected, !result.isRefusedAlone {
            let length = wait(after: result)
            lanes[claim.invocation.function]?.pause(length, now: now)
        }
        return isDraining ? actions : actions + start(claim.invocation.function)
    }

    mutating func hold(_ entry: HeldInvocation) {
        heldBytes += entry.bytes - (held[entry.claim.invocation.id]?.bytes ?? 0)
        held[entry.claim.invocation.id] = entry
    }

    private mutating func letGo(_ id: InvocationID) {
        heldBytes -= held.removeValue(forKey: id)?.bytes ?? 0
    }

    /// The store has taken the end, or the lease is somebody else's.
    mutating func over(_ id: InvocationID, token: Int64) {
        guard let entry = held[id], entry.lease.token == token else { return }
        letGo(id)
        guard case .settle(let settlement) = entry.ending else {
            // Given back for now or later: an alarm, or the next look, finds it then.
            if case .release(let release) = entry.ending, release.notBefore != nil { return }
            return candidates.expect(entry.claim.invocation.function)
        }
        // The next one of its ordering key may go.
        if entry.claim.invocation.delivery.orderingKey != nil {
            candidates.expect(entry.claim.invocation.function)
        }
        for invocation in settlement.followUps { candidates.expect(invocation.function) }
    }

    /// The store couldn't take the end: it is offered again after a pause.
    mutating func endingFailed(_ id: InvocationID, _ error: StoreError, now: WallTime) {
        guard var entry = held[id] else { return }
        entry.failures += 1
        if case .tooLarge(let what) = error { entry.ending = entry.ending?.without(what) }
        let pause = settings.shortestPause * (1 << min(entry.failures - 1, 10))
        entry.offeredAgain = Pause(min(pause, settings.longestPause), from: now)
        held[id] = entry
    }

    // MARK: Time

    /// What has come due: leases to renew, ends to offer again.
    mutating func due(now: WallTime) -> [Action] {
        var actions: [Action] = []
        for (id, entry) in held {
            if entry.offeredAgain?.isOver(now) == true, let action = entry.action {
                held[id]?.offeredAgain = nil
                actions.append(action)
            }
            if entry.renewal.isOver(now), entry.isWaiting, entry.ending == nil {
                // Its function has no place for long: somebody else may have.
                actions += giveBack(id)
            } else if entry.renewal.isOver(now) {
                // Not asked for again before this time, however long the store takes.
                held[id]?.renewal = Pause(entry.leaseLength / 3, from: now)
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
        letGo(lease.id)
        return entry.ending == nil && !entry.isWaiting ? .stop(lease.id) : nil
    }

    /// Somebody wants an invocation to stop; `nil` when it doesn't run here.
    mutating func cancel(_ id: InvocationID) -> Action? {
        guard let entry = held[id], entry.ending == nil, !entry.isCancelRequested else {
            return nil
        }
        held[id]?.isCancelRequested = true
        guard entry.isWaiting else { return .stop(id) }
        let settlement = Settlement(.cancelled, result: InvocationResult(outcome: .cancelled))
        held[id]?.ending = .settle(settlement)
        return held[id]?.action
    }

    /// Claims nothing more, and gives back what hasn't begun.
    mutating func drain() -> [Action] {
        isDraining = true
        return held.values.filter { $0.isWaiting && $0.ending == nil }
            .flatMap { giveBack($0.claim.invocation.id) }
    }
}
