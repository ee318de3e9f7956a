internal import FunctionModel

/// Where one queued invocation stands: every rule about claims, leases and settlements, without a
/// store around it.
///
/// **Invariant:** once it is over it never changes, except that a dead letter may be redriven.
struct Delivery: Hashable, Sendable {
    /// The stations; their numbers are stored.
    enum Phase: Int64, Sendable {
        /// It may be claimed.
        case ready = 0
        /// It waits for its time.
        case delayed = 1
        /// It waits for an earlier one of its ordering key.
        case blocked = 2
        /// Somebody runs it.
        case leased = 3
        case succeeded = 4
        case dead = 5
        case cancelled = 6

        var isOver: Bool { rawValue >= Phase.succeeded.rawValue }
        var isWaiting: Bool { rawValue < Phase.leased.rawValue }
    }

    var phase: Phase
    /// How often it has been started.
    var attempt = 0
    var attemptLimit: Int
    /// The latest claim.
    var token: Int64 = 0
    /// Not before this while it waits, until then while it is leased, since then once it is over.
    var due: WallTime
    /// When it is too old to be started.
    var expires: WallTime
    /// Who has the lease.
    var holder = ""
    var isCancelRequested = false
    var reason: DeadReason?

    /// An invocation that has just been accepted.
    init(_ options: DeliveryOptions, now: WallTime, isBlocked: Bool) {
        attemptLimit = max(1, options.maximumAttempts)
        due = options.notBefore ?? now
        expires = min(options.deadline ?? .never, now + options.maximumAge)
        phase = isBlocked ? .blocked : .delayed
        promote(now: now)
    }

    /// What a store kept.
    init(phase: Phase, attemptLimit: Int, due: WallTime, expires: WallTime) {
        self.phase = phase
        self.attemptLimit = attemptLimit
        self.due = due
        self.expires = expires
    }

    /// Makes it claimable when its time has come.
    mutating func promote(now: WallTime) {
        if phase == .delayed, due <= now { phase = .ready }
    }

    /// The one before it with its ordering key is over.
    mutating func unblock(now: WallTime) {
        guard phase == .blocked else { return }
        phase = .delayed
        promote(now: now)
    }

    /// Counts an attempt and gives out a lease; `nil` when it is too old, and now a dead letter.
    mutating func claim(
        _ id: InvocationID,
        by holder: String,
        for duration: Duration,
        now: WallTime
    ) -> Lease? {
        guard !expire(now: now) else { return nil }
        phase = .leased
        attempt += 1
        token += 1
        due = now + duration
        self.holder = holder
        return Lease(id: id, token: token, expires: due)
    }

    /// Gives it up when it waited too long; true when it did.
    mutating func expire(now: WallTime) -> Bool {
        guard phase.isWaiting, expires <= now else { return false }
        end(.dead, reason: .expired, now: now)
        return true
    }

    /// Makes the lease last so long from now.
    mutating func renew(
        _ lease: Lease,
        for duration: Duration,
        now: WallTime
    ) throws(StoreError) -> RenewedLease {
        try check(lease)
        due = now + duration
        let renewed = Lease(id: lease.id, token: token, expires: due)
        return RenewedLease(lease: renewed, isCancelRequested: isCancelRequested)
    }

    /// Ends it for good.
    mutating func settle(
        _ lease: Lease,
        _ settled: Settlement.End,
        now: WallTime
    ) throws(StoreError) {
        try check(lease)
        switch settled {
        case .succeeded: end(.succeeded, now: now)
        case .cancelled: end(.cancelled, now: now)
        case .dead(let reason): end(.dead, reason: reason, now: now)
        }
    }

    /// Puts it back, if it may be tried again.
    mutating func release(_ lease: Lease, _ release: Release, now: WallTime) throws(StoreError) {
        try check(lease)
        if !release.countsAttempt { attempt = max(0, attempt - 1) }
        if let step = release.step { attemptLimit = attempt + max(1, step.progress.attempts) }
        if release.isInterrupted { addAttempt() }
        wait(until: release.notBefore ?? now, otherwise: .attemptsExhausted, now: now)
    }

    /// Nobody renewed its lease in time.
    mutating func abandon(now: WallTime, start: WallTime? = nil) {
        wait(until: start ?? now, otherwise: .lost, now: now)
    }

    /// Its holder died, which is hardly its fault: the attempt counts, but another one is added, up
    /// to a bound for the case that it is; it waits for its start where that is yet to come.
    mutating func outlive(now: WallTime, start: WallTime? = nil) {
        addAttempt()
        abandon(now: now, start: start)
    }

    private mutating func addAttempt() {
        if attemptLimit < Self.mostAttemptsAfterDeaths { attemptLimit += 1 }
    }

    /// What would bring its holder down each time is given up after so many attempts.
    static let mostAttemptsAfterDeaths = 16

    /// Keeps it from running.
    mutating func cancel(_ id: InvocationID, now: WallTime) -> CancelVerdict {
        if phase.isOver { return .ended }
        if phase.isWaiting {
            end(.cancelled, now: now)
            return .cancelled
        }
        isCancelRequested = true
        return .running(Lease(id: id, token: token, expires: due))
    }

    /// How it has ended; `nil` before.
    var end: Settlement.End? {
        switch phase {
        case .ready, .delayed, .blocked, .leased: nil
        case .succeeded: .succeeded
        case .dead: .dead(reason ?? .corrupt)
        case .cancelled: .cancelled
        }
    }

    /// What was stored of it can't be trusted.
    mutating func condemn(now: WallTime) {
        end(.dead, reason: .corrupt, now: now)
    }

    /// Whether it may get further attempts: what was damaged stays where it is.
    var isRedrivable: Bool { phase == .dead && reason != .corrupt }

    /// Gives a dead letter further attempts, counted on.
    mutating func redrive(_ redrive: Redrive, at time: WallTime, now: WallTime, isBlocked: Bool) {
        guard isRedrivable else { return }
        attemptLimit = attempt + max(1, redrive.attempts)
        expires = max(now, time) + redrive.maximumAge
        due = time
        reason = nil
        isCancelRequested = false
        phase = isBlocked ? .blocked : .delayed
        promote(now: now)
    }

    private func check(_ lease: Lease) throws(StoreError) {
        guard phase == .leased, token == lease.token else { throw .staleLease }
    }

    private mutating func wait(until time: WallTime, otherwise reason: DeadReason, now: WallTime) {
        if isCancelRequested { return end(.cancelled, now: now) }
        if attempt >= attemptLimit { return end(.dead, reason: reason, now: now) }
        if max(time, now) >= expires { return end(.dead, reason: .expired, now: now) }
        phase = .delayed
        due = time
        holder = ""
        promote(now: now)
    }

    private mutating func end(_ phase: Phase, reason: DeadReason? = nil, now: WallTime) {
        self.phase = phase
        self.reason = reason
        due = now
        holder = ""
    }
}
