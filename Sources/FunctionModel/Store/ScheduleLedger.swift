/// What became of every tick of every schedule, and how far each schedule has come.
///
/// **Invariant:** a tick has one fate, and what it runs is queued in the commit that says so.
public protocol ScheduleLedger: Sendable {
    /// Returns how far every schedule has come that was ever declared and isn't forgotten.
    func schedules() async throws(StoreError) -> [ScheduleEntry]

    /// Works out, ahead of their time, what deciding changes will need; any thread may call.
    ///
    /// Nothing is decided by it: the same changes may be decided without, only slower, or never.
    func prepare(_ changes: [ScheduleChange]) -> [ScheduleChange]

    /// Has those ticks begin that nothing speaks against, all in one commit; the verdicts stand in their
    /// order.
    ///
    /// It is the quickest that there is, and goes before all else. A tick that may not begin yet is set
    /// up: all that is kept of it says its start, and what it runs is claimed for whoever may hold it
    /// until then. All others are `early`, as every tick is with a ledger that gains nothing by it: they
    /// have to be decided at their time.
    func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict]

    /// Decides ticks of schedules, all in one commit; the verdicts stand in their order.
    ///
    /// A change of a schedule that isn't where the change expects it is not made. A tick that has a
    /// fate keeps it. A tick that may not begin yet is set up, or it is `early`.
    func decide(
        _ changes: [ScheduleChange],
        bounds: QueueBounds
    ) async throws(StoreError) -> [ScheduleVerdict]

    /// Lists ticks of a schedule, the latest first; `before` leaves out that instant and later ones.
    func ticks(
        of schedule: String,
        before: WallTime?,
        limit: Int
    ) async throws(StoreError) -> [TickEntry]
}

extension ScheduleLedger {
    /// Works out nothing.
    public func prepare(_ changes: [ScheduleChange]) -> [ScheduleChange] { changes }

    /// Begins none.
    public func begin(_ changes: [ScheduleChange]) async throws(StoreError) -> [ScheduleVerdict] {
        changes.map { _ in .early }
    }
}

/// How far a schedule has come.
public struct ScheduleEntry: Sendable, Hashable {
    /// The schedule's name.
    public var name: String
    /// The function that it runs.
    public var function: FunctionName
    /// What was declared when it was last looked at.
    public var declaration: String
    /// What intervals are counted from.
    public var anchor: WallTime
    /// Every tick up to and including this instant has its fate.
    public var cursor: WallTime
    /// Whether ticks run; an operator may switch a schedule off.
    public var isEnabled = true
    /// Whether nothing declares it any more.
    public var isRetired = false
    /// The latest invocation.
    public var last: InvocationID?
    /// How many ticks in a row haven't run since the latest that did.
    public var missed = 0

    /// Describes a schedule that has just been declared.
    public init(name: String, function: FunctionName, declaration: String, at time: WallTime) {
        self.name = name
        self.function = function
        self.declaration = declaration
        anchor = time
        cursor = time
    }
}

/// What became of a tick; each has exactly one fate.
public enum TickFate: String, Sendable, Codable, CaseIterable {
    /// Its invocation was queued.
    case fired
    /// The run before was still going.
    case overlapSkipped
    /// It would have started later than it may.
    case deadlineSkipped
    /// The clocks skipped it.
    case dstSkipped
    /// The host wasn't there at its time, and it wasn't made up for.
    case downMissed
    /// Its schedule was switched off.
    case disabled
    /// As much waited for its function as may.
    case queueFull
}

/// A change of one schedule: the ticks that are decided, and where it stands then.
public struct ScheduleChange: Sendable {
    /// Where the schedule is to stand; what it holds of its latest run is left to the ledger.
    public var entry: ScheduleEntry { didSet { draft = nil } }
    /// Where it is expected to stand; `nil` when it isn't there yet.
    public var expected: WallTime?
    /// What is decided, in the order of time.
    public var ticks: [TickDecision] { didSet { draft = nil } }
    /// How many ticks are kept of it from now on; `nil` to remove none.
    public var keeping: Int? { didSet { draft = nil } }
    /// What the ledger has worked out of all this; another change of it makes that void.
    public var draft: (any Sendable)?

    /// Describes a change.
    public init(_ entry: ScheduleEntry, expected: WallTime?, ticks: [TickDecision] = []) {
        self.entry = entry
        self.expected = expected
        self.ticks = ticks
    }
}

/// One tick that is decided, or many in a row that share their fate.
public struct TickDecision: Sendable {
    /// What is done to a run before that is still going.
    public enum Overlap: Sendable {
        /// Nothing.
        case allow
        /// It goes on, and the tick is skipped.
        case forbid
        /// It is cancelled.
        case replace
    }

    /// The instant; of many, the last.
    public var instant: WallTime
    /// The first instant of many.
    public var since: WallTime
    /// How many.
    public var count: Int
    /// The fate; `fired` may become another one when it is decided.
    public var fate: TickFate
    /// What runs, where it is fired.
    public var run: QueuedInvocation?
    /// What is done to a run before that is still going.
    public var overlap: Overlap
    /// Whether an operator asked for it, at an instant of its own.
    public var isManual = false
    /// When what it runs may begin, where it may be decided before; `nil` for at once.
    public var start: WallTime?

    /// Decides one tick.
    public init(
        _ instant: WallTime,
        _ fate: TickFate,
        run: QueuedInvocation? = nil,
        overlap: Overlap = .allow
    ) {
        self.instant = instant
        since = instant
        count = 1
        self.fate = fate
        self.run = run
        self.overlap = overlap
    }

    /// Decides many ticks in a row that don't run.
    public init(_ instants: ClosedRange<WallTime>, count: Int, _ fate: TickFate) {
        self.init(instants.upperBound, fate)
        since = instants.lowerBound
        self.count = count
    }
}

/// What became of a change.
public enum ScheduleVerdict: Sendable {
    /// It is made: where the schedule stands now, and what became of its ticks.
    case made(ScheduleEntry, [TickOutcome])
    /// It isn't: the schedule stands elsewhere; `nil` when it isn't there.
    case stale(ScheduleEntry?)
    /// It isn't, for it has to be decided when its time has come; or it can't begin just so.
    case early
}

/// What became of a tick that was to be decided.
public struct TickOutcome: Sendable, Hashable {
    /// Its fate.
    public var fate: TickFate
    /// Whether it had that fate before.
    public var isKnown = false
    /// The run before that is cancelled and has to be stopped where it runs.
    public var replaced: InvocationID?

    /// Describes an outcome.
    public init(_ fate: TickFate, isKnown: Bool = false, replaced: InvocationID? = nil) {
        self.fate = fate
        self.isKnown = isKnown
        self.replaced = replaced
    }
}

/// A tick, or many in a row, with what became of it.
public struct TickEntry: Sendable, Hashable {
    /// The instant; of many, the last.
    public var instant: WallTime
    /// The first instant of many.
    public var since: WallTime
    /// How many.
    public var count: Int
    /// What became of it.
    public var fate: TickFate
    /// When that was decided.
    public var decided: WallTime
    /// What runs, where it was fired.
    public var invocation: InvocationID?
    /// Whether an operator asked for it.
    public var isManual: Bool

    /// Describes a tick.
    public init(_ decision: TickDecision, _ fate: TickFate, decided: WallTime) {
        instant = decision.instant
        since = decision.since
        count = decision.count
        self.fate = fate
        self.decided = decided
        invocation = fate == .fired ? decision.run?.id : nil
        isManual = decision.isManual
    }
}
