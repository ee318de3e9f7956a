/// How long what is over is kept.
public struct RetentionPolicy: Sendable, Hashable {
    /// Records, by age.
    public var recordAge: Duration = .seconds(7 * 86_400)
    /// Records, by the bytes they take together.
    public var recordBytes = ByteCount.mebibytes(256)
    /// Results of invocations that ended well or were cancelled, by age.
    public var resultAge: Duration = .seconds(86_400)
    /// Results, by the bytes they take together; those of dead letters don't count.
    public var resultBytes = ByteCount.mebibytes(256)
    /// Results of dead letters, by the bytes they take together; the letters themselves stay.
    public var deadLetterBytes = ByteCount.mebibytes(256)
    /// Dead letters with their results, by age.
    public var deadLetterAge: Duration = .seconds(30 * 86_400)
    /// Ticks of schedules, by age.
    public var tickAge: Duration = .seconds(90 * 86_400)
    /// The most that one call removes of each kind, so that no commit lasts long.
    public var batch = 1_000

    /// The defaults.
    public init() {}
}

/// What a sweep removed.
public struct SweepReport: Sendable, Hashable {
    /// Records.
    public var records = 0
    /// Results of invocations.
    public var results = 0
    /// Dead letters.
    public var deadLetters = 0
    /// Idempotency keys.
    public var keys = 0
    /// Values and locks of functions.
    public var state = 0
    /// Ticks of schedules.
    public var ticks = 0
    /// Waiting invocations that were too old and became dead letters.
    public var expired = 0
    /// Whether there is more to remove.
    public var isPartial = false

    /// Nothing.
    public init() {}
}
