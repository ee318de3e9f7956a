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

    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        try await write(bytes: Self.bytes(changes), turn: .urgent) { try $0.begin(changes) }
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        try await write(bytes: Self.bytes(changes)) {
            try $0.decide(changes, bounds: bounds)
        }
    }

    private static func bytes(_ changes: [ScheduleChange]) -> Int {
        changes.reduce(0) { $0 + 512 + $1.ticks.count * 1_024 }
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
