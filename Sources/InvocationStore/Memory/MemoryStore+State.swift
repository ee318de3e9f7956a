internal import FunctionModel

extension MemoryStore {
    func begin(
        _ claim: IdempotencyClaim,
        for id: InvocationID
    ) async throws(StoreError) -> IdempotencyVerdict {
        try with { state, now throws(StoreError) in
            try state.begin(claim, for: id, now: now)
        }
    }

    func finish(
        _ key: IdempotencyKey,
        for id: InvocationID,
        result: InvocationResult,
        expires: WallTime
    ) async throws(StoreError) {
        try with { state, now throws(StoreError) in
            try state.finish(key, for: id, result: result, expires: expires, now: now)
        }
    }

    func forget(
        _ key: IdempotencyKey,
        for id: InvocationID
    ) async throws(StoreError) {
        try with { state, _ in
            state.forget(key, for: id)
        }
    }

    func look(_ claim: IdempotencyClaim) async throws(StoreError) -> IdempotencyVerdict {
        try with { state, now in
            state.look(claim, now: now)
        }
    }

    func value(
        _ key: String,
        in scope: StateScope
    ) async throws(StoreError) -> StateEntry? {
        try with { state, now in
            state.value(key, in: scope, now: now)
        }
    }

    func put(
        _ value: StateValue,
        under key: String,
        in scope: StateScope,
        if condition: StateCondition,
        within bounds: StateBounds
    ) async throws(StoreError) -> StateVerdict {
        try with { state, now throws(StoreError) in
            try state.put(value, under: key, in: scope, if: condition, within: bounds, now: now)
        }
    }

    func remove(
        _ key: String,
        in scope: StateScope,
        if condition: StateCondition
    ) async throws(StoreError) -> StateVerdict {
        try with { state, now in
            state.remove(key, in: scope, if: condition, now: now)
        }
    }

    func values(
        prefix: String,
        in scope: StateScope,
        after: PageCursor?,
        limit: Int
    ) async throws(StoreError) -> Page<StateEntry> {
        try with { state, now in
            state.values(prefix: prefix, in: scope, after: after, limit: limit, now: now)
        }
    }

    func lock(
        _ name: String,
        in scope: StateScope,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant? {
        try with { state, now throws(StoreError) in
            try state.lock(name, in: scope, for: duration, now: now)
        }
    }

    func renew(
        _ grant: LockGrant,
        for duration: Duration
    ) async throws(StoreError) -> LockGrant {
        try with { state, now throws(StoreError) in
            try state.renew(grant, for: duration, now: now)
        }
    }

    func unlock(_ grant: LockGrant) async throws(StoreError) {
        try with { state, now throws(StoreError) in
            try state.unlock(grant, now: now)
        }
    }
}
