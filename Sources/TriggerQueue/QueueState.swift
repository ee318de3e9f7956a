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
    private(set) var candidates = ClaimCandidates()
    private var lanes: [FunctionName: FunctionLane] = [:]
    private var isClaiming = false
    private var woken = WallTime(nanoseconds: 0)
    private var pause = Duration.zero
    private var paused: Pause?
    private var heldBytes = 0
    private(set) var absences: Absences

    init(settings: QueueSettings) {
        self.settings = settings
        absences = Absences(limit: settings.heldLimit)
    }

    // MARK: Claiming

    /// Something of any function may wait.
    mutating func expectAny() { candidates.expectAny() }

    /// Something of a function may wait.
    mutating func expect(_ function: FunctionName) { candidates.expect(function) }

    /// Whether a claim is to be made now.
    mutating func wake(now: WallTime) -> Bool {
        guard !isDraining, !isClaiming, !candidates.isEmpty, paused?.isOver(now) != false,
            held.count < settings.heldLimit, heldBytes < settings.heldBytes.bytes
        else { return false }
        paused = nil
        isClaiming = true
        woken = now
        return true
    }

    /// What to claim among functions that have room for this; `nil`, and no claim is under way, when
    /// there is no room anywhere.
    mutating func request(_ places: [FunctionName: FunctionPlaces]) -> ClaimRequest? {
        if candidates.functions == nil { lanes = lanes.filter { !$0.value.isEmpty } }
        let named = candidates.functions ?? Set(lanes.keys).union(places.keys)
        var allowances: [FunctionName: ClaimAllowance] = [:]
        for function in named {
            let place = places[function]
            lanes[function, default: FunctionLane()].free(place?.free ?? 0, now: woken)
            guard let place, let count = lanes[function]?.wanted(place), count > 0 else { continue }
            let lease = place.longest + settings.leaseGrace
            allowances[function] = ClaimAllowance(count: count, lease: lease)
        }
        let room = settings.heldLimit - held.count
        guard !allowances.isEmpty, room > 0, !isDraining else {
            isClaiming = false
            return nil
        }
        var request = ClaimRequest(
            holder: settings.holder,
            limit: min(settings.claimLimit, room),
            allowances: allowances
        )
        request.holding = Set(held.keys)
        request.payload = ByteCount(bytes: settings.heldBytes.bytes - heldBytes)
        asked = request
        candidates.ask(among: named)
        return request
    }

    /// The claim under way.
    private var asked: ClaimRequest?

    /// A claim has been answered: what to do, and whether to claim again at once.
    mutating func claimed(_ report: ClaimReport, now: WallTime) -> (actions: [Action], again: Bool)
    {
        isClaiming = false
        pause = .zero
        if let asked { candidates.note(report, to: asked) }
        var functions: Set<FunctionName> = []
        var actions: [Action] = []
        for claim in report.claimed {
            let function = claim.invocation.function
            let length = asked?.allowances[function]?.lease ?? claim.lease.expires - now
            hold(HeldInvocation(claim, leaseLength: length))
            guard !isDraining else {
                actions += giveBack(claim.invocation.id)
                continue
            }
            guard claim.invocation.depth <= DeliveryBounds.depth else {
                actions += giveUp(claim.invocation.id)
                continue
            }
            lanes[function, default: FunctionLane()].append(claim.invocation.id)
            functions.insert(function)
        }
        for function in functions { actions += start(function) }
        return (actions, !candidates.isEmpty)
    }

    /// The store couldn't be asked.
    mutating func claimFailed(now: WallTime) {
        isClaiming = false
        candidates.expectAny()
        pause = min(max(pause * 2, settings.shortestPause), settings.longestPause)
        paused = Pause(pause, from: now)
    }

    /// Runs what waits here, as far as there are places.
    mutating func startWaiting() -> [Action] {
        var actions: [Action] = []
        for function in Array(lanes.keys) {
            if lanes[function]?.canStart == true { actions += start(function) }
        }
        return actions
    }

    private mutating func start(_ function: FunctionName) -> [Action] {
        var actions: [Action] = []
        while let id = lanes[function]?.next() {
            // It may have been cancelled, given back or lost meanwhile.
            guard let entry = held[id], entry.isWaiting, entry.ending == nil else { continue }
            held[id]?.isWaiting = false
            lanes[function]?.begin()
            actions.append(.run(entry.claim))
        }
        return actions
    }

    /// Ends a chain of functions that queue each other; nothing follows from that.
    private mutating func giveUp(_ id: InvocationID) -> [Action] {
        let result = InvocationResult.rejected(
            .tooDeep,
            "\(DeliveryBounds.depth) functions, events and reports stand on the way already"
        )
        held[id]?.isWaiting = false
        held[id]?.ending = .settle(Settlement(.dead(.tooDeep), result: result))
        return held[id]?.action.map { [$0] } ?? []
    }

    /// Gives back what hasn't begun.
    private mutating func giveBack(_ id: InvocationID) -> [Action] {
        held[id]?.ending = .release(Release(countsAttempt: false))
        return held[id]?.action.map { [$0] } ?? []
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

    private mutating func hold(_ entry: HeldInvocation) {
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
