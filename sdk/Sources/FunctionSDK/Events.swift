public import struct FoundationEssentials.Date

/// One tick of a schedule.
public struct Tick: Codable, Sendable, Hashable {
    /// Names the tick for ever, `schedule@instant`; a key for work that must happen once.
    public var id: String
    /// The schedule's name.
    public var schedule: String
    /// The instant that the schedule names; the function may run later.
    public var due: Date
    /// When the host came to it, to the second.
    public var fired: Date
    /// Whether it makes up for a time at which the host wasn't there.
    public var isPastDue: Bool
    /// How many ticks before it haven't run since the latest that did.
    public var missed: Int
    /// Whether an operator asked for it, beside the schedule.
    public var isManual: Bool
    /// 1 for the first attempt to handle the tick.
    public var attempt: Int

    /// Describes a tick.
    public init(
        id: String,
        schedule: String,
        due: Date,
        fired: Date? = nil,
        isPastDue: Bool = false,
        missed: Int = 0,
        isManual: Bool = false,
        attempt: Int = 1
    ) {
        self.id = id
        self.schedule = schedule
        self.due = due
        self.fired = fired ?? due
        self.isPastDue = isPastDue
        self.missed = missed
        self.isManual = isManual
        self.attempt = attempt
    }

    /// Reads a tick; what is missing beside id, schedule and instant is as for one on time.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id),
            schedule: try values.decode(String.self, forKey: .schedule),
            due: try values.decode(Date.self, forKey: .due),
            fired: try values.decodeIfPresent(Date.self, forKey: .fired),
            isPastDue: try values.decodeIfPresent(Bool.self, forKey: .isPastDue) ?? false,
            missed: try values.decodeIfPresent(Int.self, forKey: .missed) ?? 0,
            isManual: try values.decodeIfPresent(Bool.self, forKey: .isManual) ?? false,
            attempt: try values.decodeIfPresent(Int.self, forKey: .attempt) ?? 1
        )
    }
}

/// Why a function was run.
public enum TriggerKind: UInt32, Sendable, Hashable {
    /// A request.
    case http = 0
    /// A tick of a schedule.
    case cron = 1
    /// A file that was added, changed or removed.
    case file = 2
    /// A queued invocation.
    case queue = 3
    /// An event that the function subscribes to.
    case event = 4
    /// A call by another function.
    case call = 5
    /// A call by an operator.
    case `operator` = 6
}

/// Why an invocation is asked to stop.
public enum CancelReason: UInt32, Sendable, Hashable {
    /// The caller has gone.
    case caller = 1
    /// Its time is up.
    case timeout = 2
    /// The host or this version of the plugin is going away.
    case drain = 3
    /// An operator asked for it.
    case `operator` = 4
}
