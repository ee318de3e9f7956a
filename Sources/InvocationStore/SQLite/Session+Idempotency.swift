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
        let kept = KeptKey(id: id, fingerprint: claim.fingerprint, stage: stage)
        try database.run(
            """
            insert or replace into keys
                (function, caller, key, fingerprint, id, expires, stage, digest)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                claim.key.function.description, claim.key.caller, claim.key.key, claim.fingerprint,
                id.data, claim.expires.nanoseconds, stage.rawValue,
                kept.digest(
                    claim.key.function.description,
                    claim.key.caller,
                    claim.key.key,
                    claim.expires
                ),
            ]
        )
    }

    /// What is kept of a key that hasn't expired.
    func key(_ key: IdempotencyKey) throws -> KeptKey? {
        let row = try database.row(
            "select * from keys where function = ? and caller = ? and key = ?",
            [key.function.description, key.caller, key.key]
        )
        guard let row else { return nil }
        let kept = try KeptKey(row)
        let expires: Int64 = try row.value("expires")
        return expires > now.nanoseconds ? kept : nil
    }

    /// Reads some keys in their order, and tells which are damaged.
    func damagedKeys(
        after start: [String],
        limit: Int
    ) throws -> (findings: [String], next: [String]?) {
        let rows = try database.rows(
            """
            select * from keys where (function, caller, key) > (?, ?, ?)
            order by function, caller, key limit ?
            """,
            StatementArguments(start) + [limit]
        )
        var findings: [String] = []
        for row in rows {
            do { _ = try KeptKey(row) } catch let error where !(error is DatabaseError) {
                findings.append("\(error)")
            }
        }
        guard rows.count == limit, let last = rows.last else { return (findings, nil) }
        let columns = ["function", "caller", "key"]
        return (findings, try columns.map { try last.value($0) })
    }
}

extension KeptKey {
    /// Reads a row of `keys`.
    ///
    /// - Throws: `corrupt` when it is damaged.
    init(_ row: Row) throws {
        let function: String = try row.value("function")
        let damaged = StoreError.corrupt("an idempotency key of \(function)")
        guard let stage = Stage(rawValue: try row.value("stage")) else { throw damaged }
        id = try InvocationID(data: row.value("id"))
        fingerprint = try row.value("fingerprint")
        self.stage = stage
        let sum = digest(
            function,
            try row.value("caller"),
            try row.value("key"),
            WallTime(nanoseconds: try row.value("expires"))
        )
        guard try row.value("digest") == sum else { throw damaged }
    }

    /// The checksum over a whole row.
    fileprivate func digest(
        _ function: String,
        _ caller: String,
        _ key: String,
        _ expires: WallTime
    ) -> Int64 {
        var sum = Checksum()
        sum.add(function)
        sum.add(caller)
        sum.add(key)
        sum.add(fingerprint)
        sum.add(id)
        sum.add(expires)
        sum.add(stage.rawValue)
        return sum.value
    }
}
