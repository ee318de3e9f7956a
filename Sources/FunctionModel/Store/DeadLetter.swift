/// An invocation that was given up.
public struct DeadLetter: Sendable {
    /// What was to be run, with its payload; `nil` when that is damaged.
    public var invocation: QueuedInvocation?
    /// Names it.
    public var id: InvocationID
    /// Its function.
    public var function: FunctionName
    /// Why it was given up.
    public var reason: DeadReason
    /// How often it had been started.
    public var attempts: Int
    /// When it was accepted.
    public var received: WallTime
    /// When it was given up.
    public var ended: WallTime
    /// The error of the last attempt.
    public var error: InvocationError?

    /// Describes a dead letter.
    public init(
        id: InvocationID,
        function: FunctionName,
        reason: DeadReason,
        attempts: Int,
        received: WallTime,
        ended: WallTime
    ) {
        self.id = id
        self.function = function
        self.reason = reason
        self.attempts = attempts
        self.received = received
        self.ended = ended
    }
}

/// Says what is to run because the store has given an invocation up by itself; it is queued in the
/// same commit.
public typealias GivenUp = @Sendable (DeadLetter) -> [QueuedInvocation]

/// Which dead letters something is done to.
public enum DeadLetterSelection: Sendable, Hashable {
    /// These.
    case ids([InvocationID])
    /// Those of a function, oldest first.
    case function(FunctionName)
    /// All, oldest first.
    case all
}

/// How dead letters get another chance.
public struct Redrive: Sendable, Hashable {
    /// How many at most are taken in one call.
    public var limit: Int
    /// When the first one may start, from now.
    public var delay = Duration.zero
    /// The time from one to the next, so that a thousand don't come at once.
    public var spacing: Duration
    /// How many further attempts each gets.
    public var attempts: Int
    /// For how long from now they may be started.
    public var maximumAge: Duration

    /// Describes another chance.
    public init(
        limit: Int = 1_000,
        spacing: Duration = .zero,
        attempts: Int = 3,
        maximumAge: Duration = .seconds(6 * 3_600)
    ) {
        self.limit = limit
        self.spacing = spacing
        self.attempts = attempts
        self.maximumAge = maximumAge
    }

    /// How many a second may be asked for: from one a day on.
    public static let rates = 1.0 / 86_400...1_000_000

    /// The time from one to the next at so many a second; `nil` beyond `rates`.
    public static func spacing(perSecond rate: Double) -> Duration? {
        rates.contains(rate) ? .seconds(1 / rate) : nil
    }
}

/// A part of a list, and where it goes on.
public struct Page<Element: Sendable>: Sendable {
    /// The elements.
    public var elements: [Element]
    /// Where the rest begins; `nil` when this is the last part.
    public var next: PageCursor?

    /// How many elements of this part are left out because they are damaged.
    public var damaged = 0

    /// Describes a part.
    public init(_ elements: [Element], next: PageCursor? = nil) {
        self.elements = elements
        self.next = next
    }
}

/// A place in a list, from an earlier answer of the same store.
public struct PageCursor: Sendable, Hashable, Codable {
    /// What the store wrote there; means nothing to others.
    public var text: String

    /// Keeps a place.
    public init(_ text: String) { self.text = text }
}
