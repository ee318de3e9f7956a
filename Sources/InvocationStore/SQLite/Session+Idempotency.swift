internal import FunctionModel
internal import GRDB

/// What is kept of a key.
struct KeptKey {
    /// How far the invocation under it has come.
    enum Stage: Int64 {
        /// Somebody waits for it.
        case begun = 0
        /// Its result is kept.
        case finished = 1
        /// It is in the queue, or was.
        case queued = 2
    }

    var id: InvocationID
    var fingerprint: String
    var stage: Stage
}

extension Session {
    /// Begins an invocation under a key, unless the key is known.
    func begin(_ claim: IdempotencyClaim, for id: InvocationID) throws -> IdempotencyVerdict {
        try StoreBounds.check(claim.key)
        let verdict = try look(claim)
        if case .first = verdict { try keep(claim, for: id, .begun) }
        return verdict
    }

    /// Says what a key meets.
    func look(_ claim: IdempotencyClaim) throws -> IdempotencyVerdict {
        guard let kept = try key(claim.key) else { return .first }
        guard kept.fingerprint == claim.fingerprint else { return .mismatch(kept.id) }
        switch kept.stage {
        case .begun: return .running(kept.id)
        case .finished: return .ended(kept.id, try result(of: kept.id))
        case .queued:
            guard let stored = try stored(kept.id), !stored.isOver else {
                return .ended(kept.id, try result(of: kept.id))
            }
            return .running(kept.id)
        }
    }

    /// Keeps the result of a call; a key that somebody else has taken over since is left alone.
    func finish(
        _ key: IdempotencyKey,
        for id: InvocationID,
        result: InvocationResult,
        expires: WallTime
    ) throws {
        try StoreBounds.check(result)
        guard let kept = try self.key(key), kept.id == id, kept.stage == .begun else { return }
        try keep(result, of: id, isDead: false)
        let claim = IdempotencyClaim(key: key, fingerprint: kept.fingerprint, expires: expires)
        try keep(claim, for: id, .finished)
    }

    /// Forgets a key that is still this invocation's.
    func forget(_ key: IdempotencyKey, for id: InvocationID) throws {
        try database.run(
            "delete from keys where function = ? and caller = ? and key = ? and id = ?",
            [key.function.description, key.caller, key.key, id.data]
        )
    }

    /// Keeps a key for an invocation.
    func keep(_ claim: IdempotencyClaim, for id: InvocationID, _ stage: KeptKey.Stage) throws {
        try database.run(
            """
            insert or replace into keys (function, caller, key, fingerprint, id, expires, stage)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                claim.key.function.description, claim.key.caller, claim.key.key, claim.fingerprint,
                id.data, claim.expires.nanoseconds, stage.rawValue,
            ]
        )
    }

    /// What is kept of a key that hasn't expired.
    func key(_ key: IdempotencyKey) throws -> KeptKey? {
        let row = try database.row(
            """
            select * from keys where function = ? and caller = ? and key = ? and expires > ?
            """,
            [key.function.description, key.caller, key.key, now.nanoseconds]
        )
        guard let row else { return nil }
        guard let stage = KeptKey.Stage(rawValue: try row.value("stage")) else {
            throw StoreError.corrupt("an idempotency key of \(key.function)")
        }
        return KeptKey(
            id: try InvocationID(data: row.value("id")),
            fingerprint: try row.value("fingerprint"),
            stage: stage
        )
    }
}
