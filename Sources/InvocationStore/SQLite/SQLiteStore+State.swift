internal import FunctionModel
internal import NIOCore

extension SQLiteStore {
    func begin(
        _ claim: IdempotencyClaim,
        for id: InvocationID
    ) async throws(StoreError) -> IdempotencyVerdict {
        try await write { try $0.begin(claim, for: id) }
    }

    func finish(
        _ key: IdempotencyKey,
        for id: InvocationID,
        result: InvocationResult,
        expires: WallTime
    ) async throws(StoreError) {
        try await write(bytes: result.body.readableBytes) {
            try $0.finish(key, for: id, result: result, expires: expires)
        }
    }

    func forget(
        _ key: IdempotencyKey,
        for id: InvocationID
    ) async throws(StoreError) {
        try await write { try $0.forget(key, for: id) }
    }

    func look(_ claim: IdempotencyClaim) async throws(StoreError) -> IdempotencyVerdict {
        try await read { try $0.look(claim) }
    }

    func value(
        _ key: String,
        in scope: StateScope
    ) async throws(StoreError) -> StateEntry? {
        try await read { try $0.value(key, in: scope) }
    }

    func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds
    ) async throws(StoreError) -> StateVerdict {
        try await write(bytes: value.bytes.readableBytes) {
            try $0.put(value, under: key, in: scope, if: condition, within: bounds)
        }
    }

    func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) async throws(StoreError) -> StateVerdict {
        try await write { try $0.remove(key, in: scope, if: condition) }
    }

    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<StateEntry> {
        try await read { try $0.values(prefix: prefix, in: scope, after: after, limit: limit) }
    }

    func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant? {
        try await write { try $0.lock(name, in: scope, for: duration) }
    }

    func renew(
        _ grant: LockGrant,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant {
        try await write { try $0.renew(grant, for: duration) }
    }

    func unlock(_ grant: LockGrant) async throws(StoreError) {
        try await write { try $0.unlock(grant) }
    }
}
