internal import FunctionModel

extension SQLiteStore {
    func schedules() async throws(StoreError) -> [ScheduleEntry] {
        try await read { try ScheduleRow.all($0.database) }
    }

    func prepare(_ changes: [ScheduleChange]) -> [ScheduleChange] {
        changes.map { change in
            guard TickDraft.fits(change) else { return change }
            var change = change
            // What can't be worked out now is refused when it is decided.
            do { change.draft = try TickDraft(change) } catch { change.draft = nil }
            return change
        }
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        let bytes = changes.reduce(0) { $0 + 512 + $1.ticks.count * 1_024 }
        return try await commits.write(bytes: bytes, isUrgent: true) {
            try $0.decide(changes, bounds: bounds)
        }
    }

    func ticks(
        of schedule: String,
        before: WallTime?,
        limit: Int
    ) async throws(StoreError) -> [TickEntry] {
        try await read {
            try TickRow.list(
                $0.database,
                schedule,
                before: before,
                limit: StoreBounds.page(limit)
            )
        }
    }
}
