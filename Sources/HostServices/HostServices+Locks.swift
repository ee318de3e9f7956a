internal import FunctionModel

/// Leases that a function takes by name.
extension HostServices {
    /// Takes a lock, and waits for it as long as the caller wants to and lives.
    func lock(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let name = try call.checkedName("the lock's name")
        let lifetime = try lifetime(call)
        let wait = try call.duration(.wait) ?? .zero
        let scope = StateScope.function(caller.function)
        let end = ContinuousClock.now + min(wait, caller.remaining)
        var pause = settings.shortestLockPause
        while true {
            // Before the attempt, so that no release falls in between.
            let bell = bells.bell(for: LockBells.Name(scope: scope, name: name))
            let grant = try await asking { () throws(StoreError) in
                try await store.lock(name, in: scope, for: lifetime)
            }
            if let grant { return answer(grant) }
            let left = end - ContinuousClock.now
            guard left > .zero, !Task.isCancelled else {
                throw ServiceRefusal(409, "another invocation has the lock '\(name)'")
            }
            await bell.wait(atMost: min(left, pause))
            pause = min(pause * 2, settings.longestLockPause)
        }
    }

    func renew(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let held = try grant(call, caller)
        let lifetime = try lifetime(call)
        let grant = try await asking { () throws(StoreError) in
            try await store.renew(held, for: lifetime)
        }
        var answer = answer(grant)
        answer.undo = nil
        return answer
    }

    func unlock(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let held = try grant(call, caller)
        try await asking { () throws(StoreError) in try await store.unlock(held) }
        bells.ring(LockBells.Name(scope: held.scope, name: held.name))
        return HostAnswer(status: 204)
    }

    /// A lock whose taker is gone before it hears of it is given back.
    private func answer(_ grant: LockGrant) -> HostAnswer {
        var answer = HostAnswer(status: 200)
        answer.number = grant.token
        answer.expires = grant.expires
        answer.undo = { [store, bells] in
            // What can't be given back now is free when its time is over.
            do throws(StoreError) { try await store.unlock(grant) } catch {}
            bells.ring(LockBells.Name(scope: grant.scope, name: grant.name))
        }
        return answer
    }

    private func lifetime(_ call: HostCall) throws(ServiceRefusal) -> Duration {
        guard let lifetime = try call.duration(.lifetime), lifetime <= settings.longestLock else {
            throw ServiceRefusal(400, "a lock is taken for more than no time and at most a day")
        }
        return lifetime
    }

    private func grant(
        _ call: HostCall,
        _ caller: HostCaller
    ) throws(ServiceRefusal) -> LockGrant {
        guard let token = try call.number(.token) else {
            throw ServiceRefusal(400, "a lock is renewed and released by its token")
        }
        return LockGrant(
            scope: .function(caller.function),
            name: try call.checkedName("the lock's name"),
            token: token,
            expires: now()
        )
    }
}
