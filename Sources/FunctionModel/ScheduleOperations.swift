/// What operators ask about schedules.
public protocol ScheduleOperations: Sendable {
    /// Lists every schedule that is in force, ordered by name.
    func schedules() async throws -> [ScheduleView]

    /// Returns the next instants of a schedule, as RFC 3339 writes them.
    ///
    /// - Throws: `HostOperationError` when there is no schedule of that name.
    func nextTicks(of schedule: String, count: Int) async throws -> [String]

    /// Lists what became of a schedule's ticks, the latest first; `before` is an instant as RFC 3339
    /// writes it.
    ///
    /// - Throws: `HostOperationError` when there is no schedule of that name.
    func ticks(of schedule: String, before: String?, limit: Int) async throws -> [TickView]

    /// Switches a schedule on or off until that is changed again; it outlasts the host.
    ///
    /// - Throws: `HostOperationError` when there is no schedule of that name.
    func switchSchedule(_ schedule: String, on: Bool) async throws -> ScheduleView

    /// Changes a schedule until that is given back; it outlasts the host, and fires nothing.
    ///
    /// - Parameters:
    ///   - schedule: The schedule.
    ///   - changes: What is to hold, by its names in `roost.yaml`; `nil` gives one back.
    /// - Returns: The schedule as it holds now; `nil` for one that isn't in force, of which what was
    ///   changed can only be given back.
    /// - Throws: `HostOperationError` when there is no schedule of that name, or it can't be so; all
    ///   stays as it is then.
    func editSchedule(
        _ schedule: String,
        _ changes: [String: String?]
    ) async throws -> ScheduleView?

    /// Runs a schedule's function now, beside its ticks, and returns the tick.
    ///
    /// - Throws: `HostOperationError` when there is no schedule of that name, or the run before
    ///   speaks against it.
    func runSchedule(_ schedule: String) async throws -> TickView
}

/// How operators name a schedule: in full or, where that is clear, without its plugin.
public enum ScheduleName {
    /// The full name of a schedule.
    ///
    /// - Throws: `HostOperationError` when there is none of that name, or more than one.
    public static func resolve(
        _ name: String,
        among schedules: [(name: String, function: FunctionName)]
    ) throws(HostOperationError) -> String {
        if schedules.contains(where: { $0.name == name }) { return name }
        let found = schedules.filter { $0.name == "\($0.function.plugin).\(name)" }.map(\.name)
        guard let first = found.first else { throw unknown(name) }
        guard found.count == 1 else {
            let all = found.sorted().prefix(8).joined(separator: ", ")
            throw HostOperationError(
                .invalid,
                "'\(name.prefix(80))' is the name of several schedules: write one of \(all)."
            )
        }
        return first
    }

    /// What to say of a name that no schedule has.
    public static func unknown(_ name: String) -> HostOperationError {
        HostOperationError(
            .notFound,
            "No schedule '\(name.prefix(80))' is in force here; `roost schedules` lists those that are."
        )
    }
}

/// A schedule as operators see it; instants as RFC 3339 writes them.
public struct ScheduleView: Sendable, Hashable, Codable {
    /// The schedule's name.
    public var name: String
    /// The function that it runs.
    public var function: FunctionName
    /// What holds.
    public var schedule: CronTriggerDeclaration
    /// What of it an operator has changed while the host ran; `nil` for nothing.
    public var edited: ScheduleEdit?
    /// The zone whose clocks are meant.
    public var timeZone: String
    /// Whether its ticks run.
    public var enabled: Bool
    /// When it is due next; `nil` for never.
    public var next: String?
    /// Up to where every tick has its fate.
    public var decided: String?
    /// How many ticks in a row haven't run since the latest that did.
    public var missed: Int

    /// Describes a schedule.
    public init(
        name: String,
        function: FunctionName,
        schedule: CronTriggerDeclaration,
        timeZone: String,
        enabled: Bool,
        next: String?,
        decided: String?,
        missed: Int
    ) {
        self.name = name
        self.function = function
        self.schedule = schedule
        self.timeZone = timeZone
        self.enabled = enabled
        self.next = next
        self.decided = decided
        self.missed = missed
    }
}

/// What became of a tick, or of many in a row, as operators see it.
public struct TickView: Sendable, Hashable, Codable {
    /// Its name, `schedule@instant`.
    public var id: String
    /// The instant; of many, the last.
    public var instant: String
    /// The first instant of many.
    public var since: String?
    /// How many.
    public var count: Int
    /// What became of it.
    public var fate: TickFate
    /// When that was decided.
    public var decided: String
    /// What runs, where it was fired.
    public var invocation: InvocationID?
    /// Where that stands; `nil` when nothing is kept of it any more.
    public var state: String?
    /// Whether an operator asked for it.
    public var manual: Bool

    /// Shows a tick.
    public init(_ tick: TickEntry, of schedule: String, state: String? = nil) {
        instant = UTCInstant.text(tick.instant)
        id = "\(schedule)@\(instant)"
        since = tick.count > 1 ? UTCInstant.text(tick.since) : nil
        count = tick.count
        fate = tick.fate
        decided = UTCInstant.text(tick.decided)
        invocation = tick.invocation
        self.state = state
        manual = tick.isManual
    }
}
