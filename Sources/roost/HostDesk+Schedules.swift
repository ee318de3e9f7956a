internal import FunctionModel
internal import PluginCatalog
internal import TriggerCron

/// What operators ask about schedules.
extension HostDesk {
    func schedules() async throws -> [ScheduleView] { cron.schedules() }

    func nextTicks(of schedule: String, count: Int) async throws -> [String] {
        try cron.nextTicks(of: schedule, count: count).map { UTCInstant.text($0) }
    }

    func ticks(of schedule: String, before: String?, limit: Int) async throws -> [TickView] {
        var end: WallTime?
        if let before {
            guard let seconds = UTCInstant.seconds(before) else {
                throw HostOperationError(
                    .invalid,
                    "'\(before)' is no instant: write one as 2030-01-31T12:00:00Z."
                )
            }
            end = WallTime(seconds: Double(seconds))
        }
        let found = try await cron.ticks(of: schedule, before: end, limit: limit)
        var views: [TickView] = []
        for tick in found.ticks {
            views.append(TickView(tick, of: found.schedule, state: try await state(of: tick)))
        }
        return views
    }

    func switchSchedule(_ schedule: String, on: Bool) async throws -> ScheduleView {
        try await cron.switchSchedule(schedule, on: on)
    }

    func editSchedule(
        _ schedule: String,
        _ changes: [String: String?]
    ) async throws -> ScheduleView? {
        try await cron.edit(schedule, changes)
    }

    /// What was changed of schedules that aren't in force, once all plugins are in.
    func warningsOfIdleEdits() async -> [String] {
        guard await catalog.isReady else { return [] }
        return cron.idleEdits.prefix(20).map {
            "the schedule '\($0)' isn't in force, but what was changed of it is kept: "
                + "`roost schedules edit \($0)` gives it back"
        }
    }

    func runSchedule(_ schedule: String) async throws -> TickView {
        let (name, run) = try await cron.run(schedule)
        let ticks = try await cron.ticks(of: name, before: nil, limit: 100).ticks
        guard let tick = ticks.first(where: { $0.invocation == run }) else {
            throw HostOperationError(.unavailable, "The run \(run) is queued, and can't be shown.")
        }
        return TickView(tick, of: name, state: try await state(of: tick))
    }

    private func state(of tick: TickEntry) async throws -> String? {
        guard let id = tick.invocation, let stored = try await durable.store.stored(id) else {
            return nil
        }
        return StoredInvocationView(stored).state
    }
}
