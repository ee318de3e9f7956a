internal import FunctionModel
internal import GRDB

extension Session {
    /// Takes a lock that nobody has.
    mutating func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration
    ) throws -> LockGrant? {
        try StoreBounds.check(stateKey: name)
        if let held = try grant(name, scope), held.expires > now { return nil }
        let grant = LockGrant(
            scope: scope,
            name: name,
            token: try nextVersion(),
            expires: now + duration
        )
        try keep(grant)
        return grant
    }

    /// Makes a grant last longer.
    func renew(_ grant: LockGrant, for duration: Duration) throws -> LockGrant {
        try check(grant)
        var renewed = grant
        renewed.expires = now + duration
        try keep(renewed)
        return renewed
    }

    /// Gives a lock back.
    func unlock(_ grant: LockGrant) throws {
        try check(grant)
        try database.run(
            "delete from locks where scope = ? and name = ?",
            [grant.scope.text, grant.name]
        )
    }

    /// A lock that ran out is lost even while nobody has taken it: whoever held it can't know.
    private func check(_ grant: LockGrant) throws {
        guard let held = try self.grant(grant.name, grant.scope), held.token == grant.token,
            held.expires > now
        else { throw StoreError.staleLease }
    }

    private func grant(_ name: String, _ scope: StateScope) throws -> LockGrant? {
        let row = try database.row(
            "select * from locks where scope = ? and name = ?",
            [scope.text, name]
        )
        guard let row else { return nil }
        let grant = LockGrant(
            scope: scope,
            name: name,
            token: try row.value("token"),
            expires: WallTime(nanoseconds: try row.value("expires"))
        )
        guard try row.value("digest") == grant.digest else {
            throw StoreError.corrupt("the lock '\(name)' of \(scope.text)")
        }
        return grant
    }

    private func keep(_ grant: LockGrant) throws {
        try database.run(
            """
            insert or replace into locks (scope, name, token, expires, digest)
            values (?, ?, ?, ?, ?)
            """,
            [
                grant.scope.text, grant.name, grant.token, grant.expires.nanoseconds, grant.digest,
            ]
        )
    }
}

extension LockGrant {
    fileprivate var digest: Int64 {
        var sum = Checksum()
        sum.add(scope.text)
        sum.add(name)
        sum.add(token)
        sum.add(expires)
        return sum.value
    }
}
