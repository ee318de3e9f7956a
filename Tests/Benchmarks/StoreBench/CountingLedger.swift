import FunctionModel
import Synchronization

/// Counts the ticks that a ledger decides before their time, and those that it leaves for it.
final class CountingLedger: ScheduleLedger {
    private let store: any DurableStore
    private let now: @Sendable () -> WallTime
    private let counts = Mutex<(setUp: Int, early: Int)>((0, 0))

    init(_ store: any DurableStore, now: @escaping @Sendable () -> WallTime) {
        self.store = store
        self.now = now
    }

    var setUp: Int { counts.withLock { $0.setUp } }
    var early: Int { counts.withLock { $0.early } }

    func schedules() async throws(StoreError) -> [ScheduleEntry] { try await store.schedules() }

    func prepare(_ changes: [ScheduleChange]) -> [ScheduleChange] { store.prepare(changes) }

    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        let verdicts = try await store.begin(changes)
        let present = now()
        for (change, verdict) in zip(changes, verdicts) {
            switch verdict {
            case .early: counts.withLock { $0.early += 1 }
            case .made:
                guard let start = change.ticks.first?.start, start > present else { continue }
                counts.withLock { $0.setUp += 1 }
            case .stale: continue
            }
        }
        return verdicts
    }

    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict] {
        try await store.decide(changes, bounds: bounds)
    }

    func ticks(
        of schedule: String,
        before: WallTime?,
        limit: Int
    ) async throws(StoreError) -> [TickEntry] {
        try await store.ticks(of: schedule, before: before, limit: limit)
    }
}
