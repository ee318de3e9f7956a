internal import FunctionModel

/// From differences to queued invocations.
extension WatchRunner {
    /// Decides on files and takes that in; where nothing else waits, with what handles them in the same
    /// commit.
    func take(_ sights: [Sight]) async throws(StoreError) {
        guard let watch, !sights.isEmpty else { return }
        let written = await beingWritten(sights)
        let now = services.now()
        let running = flight.count
        let comparison = Comparison(
            plan: plan,
            watch: watch,
            sights: sights,
            written: written,
            now: now,
            running: running,
            hasBacklog: hasBacklog,
            loop: loop
        )
        let departure = Departure(flight)
        let (outcome, verdicts) = try await decide(sights, watch, comparison, departure)
        settle(outcome, now)
        if !outcome.events.isEmpty { loop.found(whileRunning: running > 0, now: .now) }
        if outcome.leavesBacklog { hasBacklog = true }
        if !verdicts.isEmpty { loop.started() }
        note(verdicts, of: departure)
        for (kind, count) in outcome.events { services.onEvents(plan.function, kind, count) }
    }

    private func decide(
        _ sights: [Sight],
        _ watch: FileWatch,
        _ comparison: Comparison,
        _ departure: Departure
    ) async throws(StoreError) -> (rest: Comparison.Outcome, verdicts: [EnqueueVerdict]) {
        do throws(StoreError) {
            return try await services.store.decide(
                on: sights.map(\.path),
                in: watch.id,
                bounds: services.bounds,
                isPrompt: isOnOwnThread && sights.count <= Self.few
            ) { rows in
                let decision = comparison.decide(rows)
                departure.announce(decision.batches.map(\.invocation.id))
                return decision
            }
        } catch {
            departure.announce([])
            throw error
        }
    }

    /// Takes in what has become of files that were handled.
    func take(_ changes: [FileChange]) async throws(StoreError) {
        guard let watch, !changes.isEmpty else { return }
        _ = try await services.store.apply(
            changes,
            queueing: [],
            in: watch.id,
            bounds: services.bounds
        )
    }

    /// Has what an invocation found changed, or gone, told of by another event, before that is said.
    ///
    /// Where changes are told the look does so: the index still knows what was told. Where they aren't
    /// nobody has been told of what is there now, so it counts as new.
    nonisolated func giveUp(
        _ row: FileRow,
        isGone: Bool,
        of invocation: InvocationID,
        in watch: Int64
    ) async throws(StoreError) {
        if !plan.kinds.contains(.changed) {
            let isTold = isGone && plan.kinds.contains(.removed)
            let rank = services.now().nanoseconds
            let change = FileChange(row.path, isTold ? .event(.removed) : .gone, rank: rank)
            _ = try await services.store.decide(
                on: [row.path],
                in: watch,
                bounds: services.bounds,
                isPrompt: false
            ) { rows in
                let isStill = rows.first == row && row.isPresent
                return FileDecision(isStill ? [change] : [], queueing: [], ())
            }
        }
        inbox.look(at: row.path, after: invocation)
    }

    /// Queues what waits, as long as there is room.
    func refill() async throws(StoreError) {
        guard let watch else { return }
        while hasBacklog, loop.verdict == .free {
            let room = plan.parallelism - flight.count
            guard room > 0 else { return }
            let size = plan.batch ?? 1
            let limit = min(room * size, max(Self.chunk, size))
            let query = FileQuery(watch: watch.id, state: .pending, limit: limit)
            let rows = try await services.store.files(query)
            hasBacklog = rows.count == limit
            guard !rows.isEmpty else { return }
            try await queue(plan.batches(rows, of: watch), watch)
        }
    }

    private func queue(_ batches: [FileBatch], _ watch: FileWatch) async throws(StoreError) {
        let departure = Departure(flight)
        departure.announce(batches.map(\.invocation.id))
        loop.started()
        do throws(StoreError) {
            let verdicts = try await services.store.apply(
                [],
                queueing: batches,
                in: watch.id,
                bounds: services.bounds
            )
            note(verdicts, of: departure)
        } catch {
            departure.announce([])
            throw error
        }
    }

    private func note(_ verdicts: [EnqueueVerdict], of departure: Departure) {
        for (id, verdict) in zip(departure.announced, verdicts) where verdict != .accepted {
            flight.remove([id])
            hasBacklog = verdict != .queueFull
            if verdict == .queueFull { retry = .now + Self.retryPause }
        }
    }
}
