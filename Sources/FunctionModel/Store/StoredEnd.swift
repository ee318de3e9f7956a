/// That a queued invocation has ended for good, whoever decided it.
public struct StoredEnd: Sendable, Hashable {
    /// Names it.
    public var id: InvocationID
    /// Its function; `nil` where damage has left no name.
    public var function: FunctionName?
    /// How it ended.
    public var end: Settlement.End

    /// Describes an end.
    public init(id: InvocationID, function: FunctionName?, end: Settlement.End) {
        self.id = id
        self.function = function
        self.end = end
    }
}

/// Hears of ends when they are durable, on whichever thread made them so; never waits.
public typealias EndObserver = @Sendable ([StoredEnd]) -> Void
