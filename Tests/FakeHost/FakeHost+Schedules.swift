public import FunctionModel

/// One schedule, `samples.nightly`, with one tick.
extension FakeHost {
    /// See `ScheduleOperations`.
    public func schedules() async throws -> [ScheduleView] { [Self.schedule(on: true)] }

    /// See `ScheduleOperations`.
    public func nextTicks(of schedule: String, count: Int) async throws -> [String] {
        note("next \(schedule) \(count)")
        try Self.check(schedule)
        return Array(["2030-01-01T06:00:00Z", "2030-01-02T06:00:00Z"].prefix(count))
    }

    /// See `ScheduleOperations`.
    public func ticks(of schedule: String, before: String?, limit: Int) async throws -> [TickView] {
        note("ticks \(schedule) \(before ?? "-") \(limit)")
        try Self.check(schedule)
        return [tick]
    }

    /// See `ScheduleOperations`.
    public func switchSchedule(_ schedule: String, on: Bool) async throws -> ScheduleView {
        note("switch \(schedule) \(on ? "on" : "off")")
        try Self.check(schedule)
        return Self.schedule(on: on)
    }

    /// See `ScheduleOperations`.
    public func editSchedule(
        _ schedule: String,
        _ changes: [String: String?]
    ) async throws -> ScheduleView? {
        note("edit \(schedule) \(changes.keys.sorted().joined(separator: ","))")
        // One that was changed, and isn't in force any more.
        guard schedule != "gone" else { return nil }
        try Self.check(schedule)
        var edit = ScheduleEdit()
        try edit.change(changes)
        var view = Self.schedule(on: true)
        view.schedule = edit.applied(to: view.schedule)
        view.edited = edit.isEmpty ? nil : edit
        return view
    }

    /// See `ScheduleOperations`.
    public func runSchedule(_ schedule: String) async throws -> TickView {
        note("run \(schedule)")
        try Self.check(schedule)
        return tick
    }

    private var tick: TickView {
        let due = WallTime(seconds: 1_800_000_000)
        var entry = TickEntry(TickDecision(due, .fired), .fired, decided: due)
        entry.invocation = kept.id
        return TickView(entry, of: "samples.nightly", state: "succeeded")
    }

    private static func check(_ name: String) throws {
        guard ["nightly", "samples.nightly"].contains(name) else {
            throw HostOperationError(.notFound, "No schedule '\(name)' is in force here.")
        }
    }

    private static func schedule(on: Bool) -> ScheduleView {
        var declared = CronTriggerDeclaration(expression: "0 6 * * *")
        declared.overlap = "forbid"
        declared.catchUp = "last"
        return ScheduleView(
            name: "samples.nightly",
            function: Samples.name("nightly"),
            schedule: declared,
            timeZone: "Europe/Berlin",
            enabled: on,
            next: "2030-01-01T05:00:00Z",
            decided: "2029-12-31T05:00:00Z",
            missed: 2
        )
    }
}
