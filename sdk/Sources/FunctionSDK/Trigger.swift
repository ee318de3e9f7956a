/// What runs a function; `Input` is what its handler receives.
public struct Trigger<Input>: Sendable {
    let declaration: TriggerDeclaration

    /// A route of the host's listener.
    ///
    /// `{name}` matches one segment of the path, `{name*}` at the
    /// end matches the rest.
    public static func http(_ method: HTTPMethod, _ path: String) -> Self {
        Self(declaration: .http(method: method.rawValue, path: path))
    }

    /// Events of a type, whole or its beginning up to a `*` at the end; the input is their data.
    ///
    /// - Parameters:
    ///   - type: the type, such as `order.placed` or `order.*`.
    ///   - attributes: further attributes of the event, each of which must have this value, or
    ///     beginning up to a `*`.
    /// - Returns: the trigger.
    public static func event(_ type: String, where attributes: [String: String] = [:]) -> Self {
        Self(declaration: .event(type: type, attributes: attributes))
    }

    /// Only calls by other functions; no address of its own.
    public static var `internal`: Self { Self(declaration: .internal) }
}

extension Trigger where Input == Tick {
    /// A schedule: 5 fields (or 6, seconds first), `@hourly` and the like, `rate(1 minute)`.
    ///
    /// - Parameters:
    ///   - expression: when.
    ///   - timeZone: an IANA time zone; the default is UTC.
    ///   - catchUp: what happens to ticks that were missed while the host was down; the default is
    ///     `last`.
    ///   - overlap: what happens when the run before is still going; the default is `forbid`.
    ///   - dst: what happens to times of day that a change of the clocks skips; the default is
    ///     `vixie`.
    ///   - jitter: by how much each tick is late at most, always the same for one schedule.
    ///   - startingDeadline: how late a tick may still be started.
    ///   - starts: the first instant there may be, such as `2030-01-31T12:00:00Z`.
    ///   - ends: the last instant there may be.
    /// - Returns: the trigger.
    public static func cron(
        _ expression: String,
        timeZone: String? = nil,
        catchUp: CatchUp? = nil,
        overlap: Overlap? = nil,
        dst: ClockChanges? = nil,
        jitter: Duration? = nil,
        startingDeadline: Duration? = nil,
        starts: String? = nil,
        ends: String? = nil
    ) -> Self {
        Self(
            declaration: .cron([
                ("expression", expression), ("timeZone", timeZone), ("catchUp", catchUp?.word),
                ("overlap", overlap?.rawValue), ("dst", dst?.rawValue),
                ("jitter", jitter?.words), ("startingDeadline", startingDeadline?.words),
                ("starts", starts), ("ends", ends),
            ])
        )
    }
}

/// What happens to ticks of a schedule that were missed.
public enum CatchUp: Sendable, Hashable {
    /// Nothing.
    case none
    /// The last one runs, late.
    case last
    /// All run, at most so many.
    case all(Int)

    var word: String {
        switch self {
        case .none: "none"
        case .last: "last"
        case .all(let count): "all(\(count))"
        }
    }
}

/// What happens when a tick is due and the run before is still going.
public enum Overlap: String, Sendable, Hashable {
    /// The tick is skipped.
    case forbid
    /// Both run.
    case allow
    /// The tick waits.
    case queue
    /// The run before is cancelled.
    case replace
}

/// What happens to times of day that a change of the clocks skips.
public enum ClockChanges: String, Sendable, Hashable {
    /// They are due at the change, once.
    case vixie
    /// They are skipped, and recorded so.
    case skip
}

extension Duration {
    /// The duration as schedules write it.
    fileprivate var words: String { "\(Int(self / .milliseconds(1)))ms" }
}

/// A trigger as the manifest declares it.
enum TriggerDeclaration: Sendable {
    case http(method: String, path: String)
    /// The members of a schedule, by their names in the manifest.
    case cron([(name: String, value: String?)])
    case files(FilesDeclaration)
    case event(type: String, attributes: [String: String])
    case `internal`
}

/// A method of HTTP.
public struct HTTPMethod: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The method, in capitals.
    public let rawValue: String

    /// Takes a method's name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes a method's name.
    public init(stringLiteral value: String) { rawValue = value }

    /// Reads.
    public static let get: Self = "GET"
    /// Reads the head only.
    public static let head: Self = "HEAD"
    /// Submits.
    public static let post: Self = "POST"
    /// Replaces.
    public static let put: Self = "PUT"
    /// Changes.
    public static let patch: Self = "PATCH"
    /// Removes.
    public static let delete: Self = "DELETE"
    /// Asks what can be done.
    public static let options: Self = "OPTIONS"
    /// Every method.
    public static let any: Self = "ANY"
}
