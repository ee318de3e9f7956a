public import FunctionModel
internal import Synchronization

/// What operators ask.
extension CronTrigger {
    /// Lists every schedule that is in force.
    public func schedules() -> [ScheduleView] {
        // Taken out first: no tick waits while a long list is written.
        let all = state.withLock { Array($0.schedules.values) }
        return all.sorted { $0.plan.name < $1.plan.name }.map(\.view)
    }

    /// Returns the next instants of a schedule.
    ///
    /// - Throws: `HostOperationError` when there is none of that name.
    public func nextTicks(of name: String, count: Int) throws(HostOperationError) -> [WallTime] {
        let name = try resolve(name)
        guard let schedule = state.withLock({ $0.schedules[name] }) else {
            throw Self.unknown(name)
        }
        var instants: [WallTime] = []
        var last = max(now(), schedule.stored?.cursor ?? now()).wholeSeconds
        while instants.count < count, let next = schedule.timetable.next(after: last) {
            last = next.seconds
            if !next.isSkipped { instants.append(WallTime(wholeSeconds: last)) }
        }
        return instants
    }

    /// Lists what became of a schedule's ticks, the latest first, with the schedule's full name; also
    /// of one that isn't in force any more.
    ///
    /// - Throws: `HostOperationError` when there is none of that name, or the ledger can't be read.
    public func ticks(
        of name: String,
        before: WallTime?,
        limit: Int
    ) async throws -> (schedule: String, ticks: [TickEntry]) {
        let name = try await resolve(kept: name)
        return (name, try await ledger.ticks(of: name, before: before, limit: limit))
    }

    /// Switches a schedule on or off.
    ///
    /// - Throws: `HostOperationError` when there is none of that name.
    public func switchSchedule(
        _ name: String,
        on: Bool
    ) async throws(HostOperationError) -> ScheduleView {
        let name = try resolve(name)
        _ = try await grant(on ? .enable : .disable, name)
        guard let view = state.withLock({ $0.schedules[name]?.view }) else {
            throw Self.unknown(name)
        }
        return view
    }

    /// Runs a schedule's function now, and returns the invocation.
    ///
    /// - Throws: `HostOperationError` when there is none of that name, or the run before speaks
    ///   against it.
    public func run(
        _ name: String
    ) async throws(HostOperationError) -> (schedule: String, invocation: InvocationID) {
        let name = try resolve(name)
        let granted = try await grant(.run, name)
        switch granted.fate {
        case .fired:
            if let run = granted.run { return (name, run) }
            throw HostOperationError(.unavailable, "The schedule '\(name)' can't run now.")
        case .overlapSkipped:
            throw HostOperationError(
                .conflict,
                "The run before of '\(name)' isn't over, and its overlap policy is 'forbid': wait, or "
                    + "cancel it."
            )
        default:
            throw HostOperationError(
                .unavailable,
                "As much waits for the function of '\(name)' as may: try again later."
            )
        }
    }

    private func grant(
        _ wish: ScheduleState.Wish,
        _ name: String
    ) async throws(HostOperationError) -> WishWaiters.Grant {
        let grant = await waiters.wait(name, wish) {
            let isTaken = state.withLock { $0.wish(wish, of: name) }
            if isTaken { wake() }
            return isTaken
        }
        guard let grant else {
            if state.withLock({ $0.isLoaded && !$0.isDraining && $0.isLost(name) }) {
                throw Self.unknown(name)
            }
            throw HostOperationError(
                .unavailable,
                "The host is starting or draining: try again later."
            )
        }
        return grant
    }

    /// The full name of a schedule that is named in full or, where that is clear, by its function's
    /// short name.
    func resolve(_ name: String) throws(HostOperationError) -> String {
        try state.withLock { state throws(HostOperationError) in
            if state.schedules[name] != nil { return name }
            return try ScheduleName.resolve(
                name,
                among: state.schedules.values.map { ($0.plan.name, $0.plan.function) }
            )
        }
    }

    /// The full name of a schedule that is in force, or else of one of which the ledger knows.
    private func resolve(kept name: String) async throws -> String {
        do throws(HostOperationError) { return try resolve(name) } catch {
            guard error.kind == .notFound else { throw error }
            let kept = try await ledger.schedules().map { (name: $0.name, function: $0.function) }
            return try ScheduleName.resolve(name, among: kept)
        }
    }

    func letGoOfLost() {
        waiters.letGo { name in state.withLock { $0.isLost(name) } }
    }

    static func unknown(_ name: String) -> HostOperationError {
        ScheduleName.unknown(name)
    }
}

extension ScheduleState {
    var view: ScheduleView {
        var declared = plan.declared
        declared.dst = plan.rules.changes.rawValue
        declared.overlap = plan.rules.overlap.rawValue
        declared.catchUp = plan.rules.catchUp.text
        var view = ScheduleView(
            name: plan.name,
            function: plan.function,
            schedule: declared,
            timeZone: plan.rules.zone,
            enabled: stored?.isEnabled ?? true,
            next: next.map { UTCInstant.text(seconds: $0.seconds) },
            decided: (stored?.cursor).map { UTCInstant.text($0) },
            missed: stored?.missed ?? 0
        )
        view.edited = plan.edit.isEmpty ? nil : plan.edit
        return view
    }
}
