internal import FunctionModel
internal import NIOCore

extension MemoryState {
    mutating func enqueue(
        _ invocations: [QueuedInvocation],
        bounds: QueueBounds,
        allOrNone: Bool,
        now: WallTime
    ) throws(StoreError) -> [EnqueueVerdict] {
        for invocation in invocations { try StoreBounds.check(invocation) }
        // Kept only where it may be needed: a second reference makes the next change a copy.
        let before = allOrNone ? self : nil
        let verdicts = invocations.map { enqueue($0, bounds: bounds, now: now) }
        let isRefused = verdicts.contains { verdict in
            switch verdict {
            case .mismatch, .queueFull: true
            case .accepted, .joined, .withheld: false
            }
        }
        guard let before, isRefused else { return verdicts }
        self = before
        return verdicts.map { $0 == .accepted ? .withheld : $0 }
    }

    private mutating func enqueue(
        _ invocation: QueuedInvocation,
        bounds: QueueBounds,
        now: WallTime
    ) -> EnqueueVerdict {
        if shelf.entries[invocation.id] != nil { return .joined(invocation.id) }
        if let claim = invocation.idempotency, let kept = self.claim(claim.key, now: now) {
            return kept.fingerprint == claim.fingerprint ? .joined(kept.id) : .mismatch(kept.id)
        }
        let waiting = shelf.depths[invocation.function]?.waiting ?? 0
        guard waiting < bounds.perFunction, shelf.waiting < bounds.total else { return .queueFull }
        shelf.add(invocation, now: now)
        if let claim = invocation.idempotency { keep(claim, for: invocation.id, .queued) }
        return .accepted
    }

    mutating func claim(_ request: ClaimRequest, now: WallTime) throws(StoreError) -> ClaimReport {
        var report = ClaimReport()
        for alarm in shelf.leased.keys.prefix(while: { $0.time <= now })
        where !request.holding.contains(alarm.id) {
            try shelf.change(alarm.id, now: now) { $0.delivery.abandon(now: now) }
            followUp(alarm.id, now: now)
            if let delivery = shelf.entries[alarm.id]?.delivery, delivery.phase == .dead {
                report.dead[alarm.id] = delivery.reason
            }
        }
        for alarm in shelf.delayed.keys.prefix(while: { $0.time <= now }) {
            try shelf.change(alarm.id, now: now) { $0.delivery.promote(now: now) }
        }
        try take(request, now: now, &report)
        let leased = shelf.leased.keys.first { $0.time > now }
        let due = [shelf.delayed.keys.first, leased].compactMap { $0?.time }
        report.nextDue = due.min()
        return report
    }

    /// Takes what has just become ready, as far as somebody wishes for it.
    mutating func takeReady(
        _ taker: (any ReadyTaker)?,
        now: WallTime
    ) throws(StoreError) -> TakenReady? {
        guard !shelf.fresh.isEmpty, var request = taker?.wish(for: shelf.fresh, upTo: nil)
        else { return nil }
        let fresh = shelf.fresh
        request.allowances = request.allowances.filter { fresh.contains($0.key) }
        var report = ClaimReport()
        try take(request, now: now, &report)
        return TakenReady(request, report)
    }

    private mutating func take(
        _ request: ClaimRequest,
        now: WallTime,
        _ report: inout ClaimReport
    ) throws(StoreError) {
        let wanted = shelf.ready.keys.filter { request.allowances[$0]?.count ?? 0 > 0 }
        let demands = fairShare.order(Array(wanted)).prefix(request.limit).map { function in
            (
                function: function,
                count: min(
                    shelf.ready[function]?.keys.count ?? 0,
                    request.allowances[function]?.count ?? 0
                )
            )
        }
        let allotted = fairShare.allot(request.limit, among: demands)
        var payload = 0
        for (function, _) in demands where !report.isCut {
            guard let allowance = request.allowances[function] else { continue }
            let count = allotted[function, default: 0]
            for turn in shelf.ready[function]?.keys.prefix(count) ?? [] {
                report.isCut = payload >= request.payload.bytes
                guard !report.isCut else { break }
                payload += max(1, shelf.entries[turn.id]?.invocation.body.readableBytes ?? 0)
                try take(turn.id, request.holder, allowance.lease, now: now, &report)
            }
        }
    }

    private mutating func take(
        _ id: InvocationID,
        _ holder: String,
        _ duration: Duration,
        now: WallTime,
        _ report: inout ClaimReport
    ) throws(StoreError) {
        var lease: Lease?
        try shelf.change(id, now: now) {
            lease = $0.delivery.claim(id, by: holder, for: duration, now: now)
        }
        guard let entry = shelf.entries[id] else { return }
        guard let lease else {
            report.dead[id] = .expired
            followUp(id, now: now)
            return
        }
        var invocation = entry.invocation
        invocation.idempotency = nil
        report.claimed.append(
            ClaimedInvocation(invocation, entry.delivery, entry.received, lease)
        )
    }

    mutating func renew(
        _ lease: Lease,
        for duration: Duration,
        now: WallTime
    ) throws(StoreError) -> RenewedLease {
        var renewed = RenewedLease(lease: lease, isCancelRequested: false)
        try shelf.change(lease.id, now: now) { entry throws(StoreError) in
            renewed = try entry.delivery.renew(lease, for: duration, now: now)
        }
        return renewed
    }

    mutating func settle(
        _ lease: Lease,
        _ settlement: Settlement,
        now: WallTime
    ) throws(StoreError) {
        for invocation in settlement.followUps { try StoreBounds.check(invocation) }
        try StoreBounds.check(settlement.result)
        try shelf.change(lease.id, now: now) { entry throws(StoreError) in
            try entry.delivery.settle(lease, settlement.end, now: now)
            entry.error = settlement.result.error ?? entry.error
            entry.forgetPayload()
        }
        keep(settlement.result, of: lease.id, now: now)
        if let record = settlement.record { archive(record) }
        enqueue(followUps: settlement.followUps, now: now)
    }

    /// Accepts what follows from an end, whatever the bounds.
    mutating func enqueue(followUps: [QueuedInvocation], now: WallTime) {
        let bounds = QueueBounds(perFunction: .max, total: .max)
        for invocation in followUps { _ = enqueue(invocation, bounds: bounds, now: now) }
    }

    mutating func release(_ lease: Lease, _ release: Release, now: WallTime) throws(StoreError) {
        try shelf.change(lease.id, now: now) { entry throws(StoreError) in
            if let step = release.step {
                var next = entry.invocation
                next.advance(step)
                try StoreBounds.check(next)
                try entry.delivery.release(lease, release, now: now)
                entry.invocation = next
                entry.error = nil
            } else {
                try entry.delivery.release(lease, release, now: now)
            }
            entry.error = release.error ?? entry.error
            entry.forgetPayload()
        }
        if let record = release.record { archive(record) }
        followUp(lease.id, now: now)
    }

    mutating func recover(holder: String, now: WallTime) throws(StoreError) -> Int {
        let held = shelf.inOrder { $0.delivery.phase == .leased && $0.delivery.holder == holder }
        for entry in held {
            let isTick = entry.invocation.trigger == .cron
            let start = isTick && entry.received > now ? entry.received : nil
            try shelf.change(entry.id, now: now) { $0.delivery.outlive(now: now, start: start) }
            followUp(entry.id, now: now)
        }
        return held.count
    }

    mutating func cancel(_ id: InvocationID, now: WallTime) throws(StoreError) -> CancelVerdict {
        guard shelf.entries[id] != nil else { return .unknown }
        var verdict = CancelVerdict.unknown
        try shelf.change(id, now: now) {
            verdict = $0.delivery.cancel(id, now: now)
            $0.forgetPayload()
        }
        return verdict
    }

    func stored(_ id: InvocationID, now: WallTime) -> StoredInvocation? {
        guard let entry = shelf.entries[id] else { return nil }
        var stored = StoredInvocation(
            id: id,
            function: entry.invocation.function,
            state: entry.delivery.state(now: now),
            attempts: entry.delivery.attempt,
            received: entry.received
        )
        stored.ended = entry.delivery.phase.isOver ? entry.delivery.due : nil
        stored.error = entry.error
        stored.result = results[id]?.result
        return stored
    }
}

extension MemoryEntry {
    /// A payload is kept while it may be needed again: until a success, or for a dead letter.
    mutating func forgetPayload() {
        switch delivery.phase {
        case .succeeded, .cancelled: invocation.body.clear(minimumCapacity: 0)
        case .ready, .delayed, .blocked, .leased, .dead: return
        }
    }
}
