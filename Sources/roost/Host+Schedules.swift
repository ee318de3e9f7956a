internal import FunctionDispatch
internal import FunctionModel
internal import HostSettings
internal import Logging
internal import Metrics
internal import PluginCatalog
internal import Synchronization
internal import TriggerCron
internal import TriggerQueue

/// Schedules: what is in force, and who hears of ticks.
extension Host {
    /// Runs functions on schedules.
    static func cron(
        _ durable: HostStore,
        _ queue: QueueTrigger,
        _ live: LiveSettings,
        _ logger: Logger
    ) throws -> CronTrigger {
        let counters = TickCounters()
        return try CronTrigger(
            ledger: durable.store,
            zones: live.zones,
            edits: ScheduleEdits(durable.store),
            listeners: .init(
                replaced: { queue.note(cancelled: $0) },
                ticked: { counters.count($0, $1, $2) }
            ),
            logger: logger,
            now: { HostStore.now }
        )
    }

    /// Tells the schedules of all functions that are served, whenever these change.
    func followSchedules() async throws {
        let (changes, change) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        // Before they are known a schedule that was changed would look as if it were changed back.
        try await loadEdits()
        dispatcher.followDefinitions { change.yield() }
        change.yield()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                // Before all plugins are in, a schedule without one is no schedule that was given up.
                while await !self.catalog.isReady { try await Task.sleep(for: .milliseconds(200)) }
                self.arePluginsIn.store(true, ordering: .relaxed)
                change.yield()
            }
            tasks.addTask {
                var awaited = await self.awaited()
                while true {
                    try await Task.sleep(for: .seconds(60))
                    let zones = self.settings.zones.renew()
                    if !zones.isEmpty {
                        let all = zones.joined(separator: ", ")
                        self.logger.info("clocks go by new rules in \(all)")
                    }
                    // Nobody else tells of files that go without ever having been served.
                    let before = awaited
                    awaited = await self.awaited()
                    if !zones.isEmpty || awaited != before { change.yield() }
                }
            }
            tasks.addTask {
                var shelf = PlanShelf(zones: self.settings.zones)
                for await _ in changes { await self.declareSchedules(&shelf) }
            }
            try await tasks.waitForAll()
        }
    }

    private func loadEdits() async throws {
        while true {
            do throws(StoreError) {
                try await cron.edits?.load()
                return
            } catch {
                logger.error("what was changed of schedules can't be read yet: \(error)")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Functions of plugins whose files are there though no version of them can be served, as after a
    /// probe that took too long.
    private func awaited() async -> AwaitedFunctions {
        let files = await catalog.plugins()
        let absent = files.filter {
            $0.version == nil && ($0.state == .refused || $0.state == .checking)
        }
        var awaited = AwaitedFunctions(plugins: Set(absent.compactMap(\.plugin)))
        // After an update of the host it isn't known any more what was in a file before.
        if absent.contains(where: { $0.plugin == nil }) {
            awaited.allBut = Set(files.filter { $0.version != nil }.compactMap(\.plugin))
        }
        return awaited
    }

    private func declareSchedules(_ shelf: inout PlanShelf) async {
        // Asked first: whatever was served by then is among the definitions.
        let isComplete = arePluginsIn.load(ordering: .relaxed)
        var awaited = await awaited()
        let edits = cron.edits?.all ?? [:]
        let (plans, problems) = shelf.plans(of: dispatcher.servedDefinitions(), edits: edits)
        for (function, problem) in problems {
            // Checked when it was taken in: the machine's zones have changed since.
            logger.error("'\(function)' has a schedule that can't be: \(problem)")
            awaited.functions.insert(function)
        }
        cron.declare(plans, isComplete: isComplete, awaiting: awaited)
        // One that was changed meanwhile was just changed back.
        if edits != cron.edits?.all ?? [:] { await declareSchedules(&shelf) }
    }
}

/// Counts ticks by schedule and fate, by name for a bounded number of schedules.
private final class TickCounters: Sendable {
    private static let most = 1_000
    private let names = Mutex<Set<String>>([])

    func count(_ schedule: String, _ fate: TickFate, _ count: Int) {
        let isKnown = names.withLock { names in
            names.contains(schedule) || names.count < Self.most && names.insert(schedule).inserted
        }
        Counter(
            label: "roost_schedule_ticks_total",
            dimensions: [("schedule", isKnown ? schedule : "other"), ("fate", fate.rawValue)]
        ).increment(by: Int64(count))
    }
}
