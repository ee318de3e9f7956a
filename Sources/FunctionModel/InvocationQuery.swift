/// Which invocations to list.
public struct InvocationQuery: Sendable, Hashable, Codable {
    /// A full or short function name; `nil` for all.
    public var function: String?
    /// Only those that ended so; `nil` for all, running ones included.
    public var outcome: Outcome?
    /// Only those begun so; `nil` for all.
    public var trigger: TriggerKind?
    /// Only those received at this time or later, in seconds since 1970.
    public var since: Double?
    /// Only those received before this time, in seconds since 1970.
    public var before: Double?
    /// Where an earlier part of the list ended; `nil` for its beginning.
    public var after: String?
    /// How many at most.
    public var limit: Int

    /// Asks for invocations.
    public init(function: String? = nil, outcome: Outcome? = nil, limit: Int = 50) {
        self.function = function
        self.outcome = outcome
        self.limit = limit
    }

    /// Whether a record is asked for, as far as it tells; functions are compared by whoever knows
    /// their names.
    public func matches(_ record: InvocationRecord) -> Bool {
        if let outcome, record.outcome != outcome { return false }
        if let trigger, record.trigger != trigger { return false }
        if let since, record.received < since { return false }
        if let before, record.received >= before { return false }
        return true
    }
}

/// A part of the list of invocations.
public struct InvocationPage: Sendable, Hashable, Codable {
    /// The newest first.
    public var invocations: [InvocationView]
    /// Where the rest begins; `nil` when this is the last part.
    public var next: String?

    /// Describes a part.
    public init(_ invocations: [InvocationView], next: String? = nil) {
        self.invocations = invocations
        self.next = next
    }
}

/// The place of one attempt in a list, newest first.
public struct RecordPosition: Sendable, Hashable, Comparable {
    /// When it was received, in seconds since 1970.
    public var received: Double
    /// Names it.
    public var id: InvocationID
    /// Which attempt.
    public var attempt: Int

    /// The place of a record.
    public init(_ record: InvocationRecord) {
        received = record.received
        id = record.id
        attempt = record.attempt
    }

    /// Reads what `text` wrote; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 3, let bits = UInt64(parts[0], radix: 16),
            let id = InvocationID(String(parts[1])), let attempt = Int(parts[2])
        else { return nil }
        received = Double(bitPattern: bits)
        guard received.isFinite else { return nil }
        self.id = id
        self.attempt = attempt
    }

    /// The place as text that means nothing to others.
    public var text: String { "\(String(received.bitPattern, radix: 16)).\(id).\(attempt)" }

    /// Whether it stands before another in a list, newest first.
    public static func < (left: Self, right: Self) -> Bool {
        if left.received != right.received { return left.received > right.received }
        if left.id != right.id { return right.id.description < left.id.description }
        return left.attempt > right.attempt
    }
}
