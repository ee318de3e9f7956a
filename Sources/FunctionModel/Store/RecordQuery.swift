/// Which records to list, newest first.
public struct RecordQuery: Sendable, Hashable {
    /// Those of a function; `nil` for all.
    public var function: FunctionName?
    /// Those that ended so; `nil` for all.
    public var outcome: Outcome?
    /// Those begun so; `nil` for all.
    public var trigger: TriggerKind?
    /// Received at this time or later.
    public var since: WallTime?
    /// Received before this time.
    public var before: WallTime?
    /// How many at most.
    public var limit: Int
    /// Where an earlier answer ended.
    public var after: PageCursor?

    /// Asks for the newest records.
    public init(function: FunctionName? = nil, outcome: Outcome? = nil, limit: Int = 100) {
        self.function = function
        self.outcome = outcome
        self.limit = limit
    }
}
