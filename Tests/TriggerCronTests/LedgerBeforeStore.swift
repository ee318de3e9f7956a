import FunctionModel

/// A ledger of a test that stands before a store and decides in its own way.
protocol LedgerBeforeStore: ScheduleLedger {
    var store: any DurableStore { get }
}

extension LedgerBeforeStore {
    func schedules() async throws(StoreError) -> [ScheduleEntry] { try await store.schedules() }

    func ticks(
        of schedule: String,
        before: WallTime?,
        limit: Int
    ) async throws(StoreError) -> [TickEntry] {
        try await store.ticks(of: schedule, before: before, limit: limit)
    }
}
