internal import FunctionModel
internal import NIOCore

extension MemoryState {
    mutating func begin(
        _ claim: IdempotencyClaim,
        for id: InvocationID,
        now: WallTime
    ) throws(StoreError) -> IdempotencyVerdict {
        try StoreBounds.check(claim.key)
        let verdict = look(claim, now: now)
        if case .first = verdict { keep(claim, for: id, .begun) }
        return verdict
    }

    func look(_ claim: IdempotencyClaim, now: WallTime) -> IdempotencyVerdict {
        guard let kept = self.claim(claim.key, now: now) else { return .first }
        guard kept.fingerprint == claim.fingerprint else { return .mismatch(kept.id) }
        let isRunning =
            switch kept.stage {
            case .begun: true
            case .finished: false
            case .queued: stored(kept.id, now: now).map { !$0.isOver } ?? false
            }
        return isRunning ? .running(kept.id) : .ended(kept.id, results[kept.id]?.result)
    }

    mutating func finish(
        _ key: IdempotencyKey,
        for id: InvocationID,
        result: InvocationResult,
        expires: WallTime,
        now: WallTime
    ) throws(StoreError) {
        try StoreBounds.check(result)
        guard let kept = claim(key, now: now), kept.id == id, kept.stage == .begun else { return }
        keep(result, of: id, now: now)
        let claim = IdempotencyClaim(key: key, fingerprint: kept.fingerprint, expires: expires)
        keep(claim, for: id, .finished)
    }

    mutating func forget(_ key: IdempotencyKey, for id: InvocationID) {
        if keys[key]?.id == id { keys[key] = nil }
    }

    func value(_ key: String, in scope: StateScope, now: WallTime) -> StateEntry? {
        values[scope]?[key].flatMap { $0.expires ?? .never > now ? $0 : nil }
    }

    mutating func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds,
        now: WallTime
    ) throws(StoreError) -> StateVerdict {
        try StoreBounds.check(stateKey: key, value: value.bytes.readableBytes)
        let present = self.value(key, in: scope, now: now)?.version
        guard condition.holds(for: present) else { return .conflict(version: present) }
        if bounds != .none {
            let others = (values[scope] ?? [:]).values.filter {
                $0.key != key && $0.expires ?? .never > now
            }
            let size = key.utf8.count + value.bytes.readableBytes
            let bytes = others.reduce(size) { $0 + $1.size }
            try StoreBounds.check(bytes: bytes, entries: others.count + 1, bounds)
        }
        let version = nextVersion()
        values[scope, default: [:]][key] = StateEntry(
            key: key,
            value: value.bytes,
            version: version,
            expires: value.expires
        )
        return .written(version: version)
    }

    mutating func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition,
        now: WallTime
    ) -> StateVerdict {
        let present = value(key, in: scope, now: now)?.version
        guard condition.holds(for: present) else { return .conflict(version: present) }
        values[scope]?[key] = nil
        return .written(version: present ?? 0)
    }

    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int,
        now: WallTime
    ) -> Page<StateEntry> {
        let limit = StoreBounds.page(limit)
        let found = (values[scope] ?? [:]).values.filter { entry in
            entry.key.utf8.starts(with: prefix.utf8) && entry.expires ?? .never > now
                && after.map { Self.isBefore($0.text, entry.key) } ?? true
        }.sorted { Self.isBefore($0.key, $1.key) }
        let shown = Array(found.prefix(limit))
        let isMore = found.count > limit
        return Page(shown, next: isMore ? shown.last.map { PageCursor($0.key) } : nil)
    }

    /// Orders by bytes, as every store does, whatever the language.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    mutating func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration,
        now: WallTime
    ) throws(StoreError) -> LockGrant? {
        try StoreBounds.check(stateKey: name)
        let id = LockID(scope: scope, name: name)
        if let held = locks[id], held.expires > now { return nil }
        let grant = LockGrant(
            scope: scope,
            name: name,
            token: nextVersion(),
            expires: now + duration
        )
        locks[id] = grant
        return grant
    }

    mutating func renew(
        _ grant: LockGrant,
        for duration: Duration,
        now: WallTime
    ) throws(StoreError) -> LockGrant {
        try check(grant, now: now)
        var renewed = grant
        renewed.expires = now + duration
        locks[LockID(scope: grant.scope, name: grant.name)] = renewed
        return renewed
    }

    mutating func unlock(_ grant: LockGrant, now: WallTime) throws(StoreError) {
        try check(grant, now: now)
        locks[LockID(scope: grant.scope, name: grant.name)] = nil
    }

    private func check(_ grant: LockGrant, now: WallTime) throws(StoreError) {
        let held = locks[LockID(scope: grant.scope, name: grant.name)]
        guard let held, held.token == grant.token, held.expires > now else { throw .staleLease }
    }
}
