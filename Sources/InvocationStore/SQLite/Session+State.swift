internal import FunctionModel
internal import GRDB
internal import NIOCore

internal import struct Foundation.Data

extension Session {
    /// A value that hasn't expired.
    ///
    /// - Throws: `corrupt` when it is damaged.
    func value(_ key: String, in scope: StateScope) throws -> StateEntry? {
        try database.row(
            "select * from state where scope = ? and key = ? and (expires is null or expires > ?)",
            [scope.text, Data(key.utf8), now.nanoseconds]
        ).map { try stateEntry($0, scope) }
    }

    /// Writes a value, if the condition holds.
    mutating func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds
    ) throws -> StateVerdict {
        try StoreBounds.check(stateKey: key, value: value.bytes.readableBytes)
        if let conflict = try conflict(key, scope, condition) { return conflict }
        try check(key, value.bytes.readableBytes, scope, bounds)
        let version = try nextVersion()
        let entry = StateEntry(
            key: key,
            value: value.bytes,
            version: version,
            expires: value.expires
        )
        try database.run(
            """
            insert into state (scope, key, value, version, expires, digest)
            values (?, ?, ?, ?, ?, ?) on conflict (scope, key) do update set
                value = excluded.value, version = excluded.version,
                expires = excluded.expires, digest = excluded.digest
            """,
            [
                scope.text, Data(key.utf8), value.bytes.data, version, value.expires?.nanoseconds,
                entry.digest(in: scope.text),
            ]
        )
        return .written(version: version)
    }

    /// Removes a value, if the condition holds.
    func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) throws -> StateVerdict {
        if let conflict = try conflict(key, scope, condition) { return conflict }
        let version = try version(key, scope)
        try database.run(
            "delete from state where scope = ? and key = ?",
            [scope.text, Data(key.utf8)]
        )
        return .written(version: version ?? 0)
    }

    /// Values whose keys begin with a prefix.
    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int
    ) throws -> Page<StateEntry> {
        let limit = StoreBounds.page(limit)
        let rows = try database.rows(
            """
            select * from state where scope = ? and key >= ? and key > ?
                and substr(key, 1, ?) = ? and (expires is null or expires > ?)
            order by key limit ?
            """,
            [
                scope.text, Data(prefix.utf8), after.map { Data($0.text.utf8) } ?? Data(),
                prefix.utf8.count, Data(prefix.utf8), now.nanoseconds, limit + 1,
            ]
        )
        let shown = rows.prefix(limit)
        let isMore = rows.count > limit
        var page = Page<StateEntry>(
            [],
            next: isMore ? try shown.last.map { PageCursor(try Self.key($0)) } : nil
        )
        for row in shown {
            do { page.elements.append(try stateEntry(row, scope)) } catch { page.damaged += 1 }
        }
        return page
    }

    private func conflict(
        _ key: String,
        _ scope: StateScope,
        _ condition: StateCondition
    ) throws -> StateVerdict? {
        if condition == .any { return nil }
        let version = try version(key, scope)
        return condition.holds(for: version) ? nil : .conflict(version: version)
    }

    /// Refuses a value for which a scope has no room, once what has expired there is gone.
    private func check(
        _ key: String,
        _ size: Int,
        _ scope: StateScope,
        _ bounds: StateBounds
    ) throws {
        if bounds == .none { return }
        do { return try compare(key, size, scope, bounds) } catch StoreError.tooLarge {
            try database.run(
                "delete from state where scope = ? and expires is not null and expires <= ?",
                [scope.text, now.nanoseconds]
            )
        }
        try compare(key, size, scope, bounds)
    }

    private func compare(
        _ key: String,
        _ size: Int,
        _ scope: StateScope,
        _ bounds: StateBounds
    ) throws {
        let sum = try database.row(
            "select bytes, entries from stateSizes where scope = ?",
            [scope.text]
        )
        let replaced = try database.number(
            "select length(key) + length(value) from state where scope = ? and key = ?",
            [scope.text, Data(key.utf8)]
        )
        let bytes: Int64 = try sum?.value("bytes") ?? 0
        let entries: Int64 = try sum?.value("entries") ?? 0
        try StoreBounds.check(
            bytes: Int(bytes - (replaced ?? 0)) + key.utf8.count + size,
            entries: Int(entries) + (replaced == nil ? 1 : 0),
            bounds
        )
    }

    private func version(_ key: String, _ scope: StateScope) throws -> Int64? {
        try database.number(
            """
            select version from state where scope = ? and key = ?
                and (expires is null or expires > ?)
            """,
            [scope.text, Data(key.utf8), now.nanoseconds]
        )
    }

    /// Compares a row with its checksum, whosever it is.
    ///
    /// - Throws: `corrupt`.
    func check(state row: Row) throws {
        _ = try stateEntry(row, scope: row.value("scope"))
    }

    private static func key(_ row: Row) throws -> String {
        String(decoding: try row.value("key") as Data, as: UTF8.self)
    }

    private func stateEntry(_ row: Row, _ scope: StateScope) throws -> StateEntry {
        try stateEntry(row, scope: scope.text)
    }

    private func stateEntry(_ row: Row, scope: String) throws -> StateEntry {
        let entry = StateEntry(
            key: try Self.key(row),
            value: ByteBuffer(bytes: try row.value("value") as Data),
            version: try row.value("version"),
            expires: try row.optional("expires").map(WallTime.init(nanoseconds:))
        )
        guard try row.value("digest") == entry.digest(in: scope) else {
            throw StoreError.corrupt("the value of '\(entry.key)' of \(scope)")
        }
        return entry
    }
}

extension StateEntry {
    fileprivate func digest(in scope: String) -> Int64 {
        var sum = Checksum()
        sum.add(scope)
        sum.add(key)
        sum.add(value)
        sum.add(version)
        sum.add(expires)
        return sum.value
    }
}

extension StateCondition {
    /// Whether a write may happen to a key whose value has this version.
    func holds(for version: Int64?) -> Bool {
        switch self {
        case .any: true
        case .absent: version == nil
        case .version(let wanted): version == wanted
        }
    }
}
