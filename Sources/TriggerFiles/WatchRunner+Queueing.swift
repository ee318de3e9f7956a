internal import FunctionModel
internal import Logging
internal import NIOCore

/// From differences to queued invocations.
extension WatchRunner {
    /// Takes differences in; where nothing else waits, queues what handles them in the same commit.
    func take(_ changes: [(FileChange, FileRow?)]) async throws(StoreError) {
        guard let watch, !changes.isEmpty else { return }
        let now = services.now()
        let events = changes.filter { if case .event = $0.0.kind { true } else { false } }
        if !events.isEmpty { loop.found(whileRunning: flight.count > 0) }
        var batches: [FileBatch] = []
        let room = plan.parallelism - flight.count
        let size = plan.batch ?? 1
        if !hasBacklog, loop.verdict == .free, events.count <= room * size {
            let rows = events.compactMap { $0.0.applied(to: $0.1, now: now) }
                .filter { $0.state == .pending }
                .sorted { ($0.rank, $0.path) < ($1.rank, $1.path) }
            batches = self.batches(rows, watch)
        } else if !events.isEmpty {
            hasBacklog = true
        }
        try await apply(changes.map(\.0), batches, watch)
        count(events.map(\.0))
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
            try await apply([], batches(rows, watch), watch)
        }
    }

    private func batches(_ rows: [FileRow], _ watch: FileWatch) -> [FileBatch] {
        let size = plan.batch ?? 1
        return stride(from: 0, to: rows.count, by: size).map { start in
            let part = Array(rows[start..<min(start + size, rows.count)])
            return FileBatch(
                part.map { ($0.path, $0.generation) },
                invocation(part, watch),
                plan.action
            )
        }
    }

    private func invocation(_ rows: [FileRow], _ watch: FileWatch) -> QueuedInvocation {
        var invocation = QueuedInvocation(
            function: plan.function,
            trigger: .file,
            body: FileEventText.body(rows, of: watch, isList: plan.batch != nil)
        )
        invocation.contentType = FileEventText.contentType
        invocation.delivery = plan.delivery
        let ids = rows.map { $0.eventID(in: watch.id) }
        let key = ids.count == 1 ? ids[0] : SHA256.hash(ids.joined(separator: " "))
        let lifetime = plan.delivery.keyLifetime(atLeast: services.keyLifetime)
        invocation.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: plan.function, caller: "files", key: key),
            fingerprint: "files",
            expires: services.now() + lifetime
        )
        return invocation
    }

    private func apply(
        _ changes: [FileChange],
        _ batches: [FileBatch],
        _ watch: FileWatch
    ) async throws(StoreError) {
        let ids = batches.map(\.invocation.id)
        flight.add(ids)
        if !ids.isEmpty { loop.started() }
        let verdicts: [EnqueueVerdict]
        do throws(StoreError) {
            verdicts = try await services.store.apply(
                changes,
                queueing: batches,
                in: watch.id,
                bounds: services.bounds
            )
        } catch {
            for id in ids { flight.remove(id) }
            throw error
        }
        var isQueued = false
        for (id, verdict) in zip(ids, verdicts) {
            switch verdict {
            case .accepted: isQueued = true
            case .joined(let known), .mismatch(let known):
                flight.remove(id)
                flight.add([known])
            case .queueFull, .withheld:
                flight.remove(id)
                hasBacklog = true
                if verdict == .queueFull { retryLater() }
            }
        }
        if isQueued { services.onQueued(plan.function) }
    }

    private func retryLater() {
        hasBacklog = false
        retry = .now + Self.retryPause
    }

    private func count(_ events: [FileChange]) {
        var counts: [FileChangeKind: Int] = [:]
        for change in events {
            if case .event(let kind) = change.kind { counts[kind, default: 0] += 1 }
        }
        for (kind, count) in counts { services.onEvents(plan.function, kind, count) }
    }
}
