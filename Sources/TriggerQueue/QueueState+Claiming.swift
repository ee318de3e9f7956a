internal import FunctionModel

/// What is claimed, and what begins because of it.
extension QueueState {
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
        guard
            var request = request(
                named,
                places,
                upTo: min(claimSize, settings.heldLimit - held.count),
                now: woken
            )
        else {
            isClaiming = false
            return nil
        }
        request.holding = Set(held.keys)
        asked = request
        candidates.ask(among: named)
        return request
    }

    /// What a commit is to claim of what it has just made ready; `nil` when there is no room.
    mutating func wish(
        for functions: Set<FunctionName>,
        _ places: [FunctionName: FunctionPlaces],
        upTo count: Int? = nil,
        now: WallTime
    ) -> ClaimRequest? {
        guard isRecovered, paused?.isOver(now) != false, heldBytes < settings.heldBytes.bytes else {
            return nil
        }
        // What comes with its own number runs at once, or at its time.
        let limit = count == nil ? settings.heldLimit : settings.burstLimit
        let most = min(count ?? settings.claimLimit, limit - held.count)
        var wish = request(functions, places, upTo: most, now: now)
        wish?.mayHold = mayHold
        return wish
    }

    private mutating func request(
        _ named: Set<FunctionName>,
        _ places: [FunctionName: FunctionPlaces],
        upTo count: Int,
        now: WallTime
    ) -> ClaimRequest? {
        var allowances: [FunctionName: ClaimAllowance] = [:]
        for function in named {
            let place = places[function]
            lanes[function, default: FunctionLane()].free(place?.free ?? 0, now: now)
            guard let place, let count = lanes[function]?.wanted(place), count > 0 else { continue }
            let lease = place.longest + settings.leaseGrace
            allowances[function] = ClaimAllowance(count: count, lease: lease)
        }
        guard !allowances.isEmpty, count > 0, !isDraining else { return nil }
        var request = ClaimRequest(
            holder: settings.holder,
            limit: count,
            allowances: allowances
        )
        request.payload = ByteCount(bytes: settings.heldBytes.bytes - heldBytes)
        return request
    }

    /// A claim has been answered: what to do, and whether to claim again at once.
    mutating func claimed(_ report: ClaimReport, now: WallTime) -> (actions: [Action], again: Bool)
    {
        isClaiming = false
        pause = .zero
        if let asked {
            candidates.note(report, to: asked)
            // As long as more waits than one claim takes, each commit takes more.
            let isFull = report.claimed.count >= asked.limit && asked.limit >= claimSize
            claimSize = isFull ? min(2 * claimSize, settings.largestClaim) : settings.claimLimit
        }
        let actions = take(report, asked, now: now)
        return (actions, !candidates.isEmpty)
    }

    /// Something of these functions is ready, of which the commit that made it so has taken some.
    mutating func ready(
        _ functions: Set<FunctionName>,
        _ taken: TakenReady?,
        now: WallTime
    ) -> [Action] {
        for function in functions where taken?.hasAll(of: function) != true {
            candidates.expect(function)
        }
        return taken.map { take($0.report, $0.request, now: now) } ?? []
    }

    /// What this holder had when it died has been given back: what it holds from now on is its own.
    mutating func recovered() { isRecovered = true }

    private mutating func take(
        _ report: ClaimReport,
        _ request: ClaimRequest?,
        now: WallTime
    ) -> [Action] {
        var functions: Set<FunctionName> = []
        var actions: [Action] = []
        for claim in report.claimed {
            let function = claim.invocation.function
            let length = request?.allowances[function]?.lease ?? claim.lease.expires - now
            hold(HeldInvocation(claim, leaseLength: length, now: now))
            guard !isDraining else {
                actions += giveBack(claim.invocation.id)
                continue
            }
            guard claim.invocation.depth <= DeliveryBounds.depth else {
                actions += giveUp(claim.invocation.id)
                continue
            }
            if let start = claim.start, start > now {
                holds.put(claim.invocation.id, of: function, at: start)
                lanes[function, default: FunctionLane()].reserve()
                continue
            }
            lanes[function, default: FunctionLane()].append(claim.invocation.id)
            functions.insert(function)
        }
        for function in functions { actions += start(function) }
        return actions
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

    mutating func start(_ function: FunctionName) -> [Action] {
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

    /// Gives back what hasn't begun; nobody begins it before its start.
    mutating func giveBack(_ id: InvocationID) -> [Action] {
        let start = held[id]?.claim.start
        held[id]?.ending = .release(Release(notBefore: start, countsAttempt: false))
        return held[id]?.action.map { [$0] } ?? []
    }
}

extension TakenReady {
    /// Whether nothing of a function is left: less was there than was asked for.
    fileprivate func hasAll(of function: FunctionName) -> Bool {
        guard isOfAll, let allowance = request.allowances[function], report.dead.isEmpty,
            !report.isCut, report.claimed.count < request.limit
        else { return false }
        return report.claimed.count { $0.invocation.function == function } < allowance.count
    }
}
