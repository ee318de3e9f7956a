internal import FunctionModel
internal import GRDB

internal import struct Foundation.Data

extension Session {
    /// Makes a lease last longer.
    mutating func renew(_ lease: Lease, for duration: Duration) throws -> RenewedLease {
        var entry = try entry(leased: lease)
        let renewed = try entry.delivery.renew(lease, for: duration, now: now)
        try store(entry, was: .leased)
        return renewed
    }

    /// Ends an invocation for good, with everything that follows from it.
    mutating func settle(_ lease: Lease, _ settlement: Settlement) throws {
        if settlement.followUps.isEmpty, let begun = books.ticks[lease.id] {
            return try settle(begun, lease, settlement)
        }
        try place(lease)
        var entry = try entry(leased: lease)
        try entry.delivery.settle(lease, settlement.end, now: now)
        for invocation in settlement.followUps { try StoreBounds.check(invocation) }
        try StoreBounds.check(settlement.result)
        if let error = settlement.result.error { entry.error = try Self.encode(error) }
        try store(entry, was: .leased)
        try keep(settlement.result, of: lease.id, isDead: entry.delivery.phase == .dead)
        if let record = settlement.record { try archive(record) }
        try forgetPayload(of: entry)
        try enqueue(followUps: settlement.followUps)
    }

    /// Gives an invocation back.
    mutating func release(_ lease: Lease, _ release: Release) throws {
        try place(lease)
        var entry = try entry(leased: lease)
        try entry.delivery.release(lease, release, now: now)
        if let error = release.error { entry.error = try Self.encode(error) }
        if let step = release.step { try advance(&entry, step) }
        try store(entry, was: .leased)
        if let record = release.record { try archive(record) }
        try forgetPayload(of: entry)
        try followUp(entry)
    }

    /// Where a lease is of a tick that isn't in its places, puts it there.
    private mutating func place(_ lease: Lease) throws {
        if books.ticks[lease.id] != nil { try placeBegun() }
    }

    /// Puts what a sequence goes on with in the place of what its last step had.
    private func advance(_ entry: inout EntryRow, _ step: SequenceStep) throws {
        var invocation = try Payload.fetch(database, of: entry)
        invocation.advance(step)
        try StoreBounds.check(invocation)
        let payload = try Payload(invocation)
        entry.digest = payload.digest
        entry.error = nil
        try payload.replace(database, sequence: entry.sequence)
    }

    /// Ends or gives back each: one that is refused has written nothing, and doesn't hold up others.
    mutating func conclude(_ ends: [LeaseEnd]) throws -> [StoreError?] {
        var verdicts: [StoreError?] = []
        for end in ends {
            do {
                switch end.kind {
                case .settle(let settlement): try settle(end.lease, settlement)
                case .release(let release): try self.release(end.lease, release)
                }
                verdicts.append(nil)
            } catch StoreError.corrupt {
                verdicts.append(try condemn(end.lease) ? nil : .staleLease)
            } catch let error as StoreError { verdicts.append(error) }
        }
        return verdicts
    }

    /// Gives up what turned out to be damaged when its run ended, for it would be offered again and
    /// again; false when its lease had ended before.
    private mutating func condemn(_ lease: Lease) throws -> Bool {
        guard var entry = try entry(lease.id), entry.delivery.phase == .leased,
            // Of a damaged row the token is no more certain than the rest.
            entry.delivery.token == lease.token || !entry.isIntact
        else { return false }
        try condemn(&entry)
        return true
    }

    /// Keeps an invocation from running (again).
    mutating func cancel(_ id: InvocationID) throws -> CancelVerdict {
        guard var entry = try entry(id)?.checked() else { return .unknown }
        let before = entry.delivery.phase
        let verdict = entry.delivery.cancel(id, now: now)
        switch verdict {
        case .cancelled, .running: try store(entry, was: before)
        case .ended, .unknown: break
        }
        try forgetPayload(of: entry)
        return verdict
    }

    /// What is known of an invocation.
    func stored(_ id: InvocationID) throws -> StoredInvocation? {
        guard let entry = try entry(id)?.checked() else { return nil }
        var stored = StoredInvocation(
            id: id,
            function: try entry.name,
            state: entry.delivery.state(now: now),
            attempts: entry.delivery.attempt,
            received: entry.received
        )
        stored.ended = entry.delivery.phase.isOver ? entry.delivery.due : nil
        stored.error = try Self.decode(InvocationError.self, entry.error)
        stored.result = try result(of: id)
        return stored
    }

    /// A payload is kept while it may be needed again: until a success, or for a dead letter.
    private func forgetPayload(of entry: EntryRow) throws {
        switch entry.delivery.phase {
        case .succeeded, .cancelled:
            let sql = "delete from payloads where sequence = ?"
            var statement = try QuickStatement(database, sql)
            statement.bind(entry.sequence)
            try statement.run()
        case .ready, .delayed, .blocked, .leased, .dead: return
        }
    }
}

extension Delivery {
    /// Where it stands, for whoever asks.
    func state(now: WallTime) -> StoredInvocation.State {
        switch phase {
        case .ready, .blocked, .delayed: .waiting(notBefore: due > now ? due : nil)
        case .leased: .running(until: due)
        case .succeeded: .succeeded
        case .dead: .dead(reason ?? .corrupt)
        case .cancelled: .cancelled
        }
    }
}
