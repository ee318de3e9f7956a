/// What a plugin declares: its name and functions.
///
/// Comes from plugin code, so nothing in it is believed before `validated()` has returned.
public struct Manifest: Hashable, Sendable, Codable {
    /// The plugin's name.
    public var plugin: String
    /// A version for people to read; versions are told apart by content hash.
    public var version: String?
    /// What the plugin is for, in a sentence.
    public var summary: String?
    /// What it needs beyond its own memory; `nil` for nothing.
    public var permissions: Permissions?
    /// Whether its threads and tasks may go on when the invocation has ended that started them.
    public var background: Bool?
    /// Whether its functions are plain C, called as a signature file says; such a plugin always has a
    /// cell of its own.
    public var foreign: Bool?
    /// Its functions; an invocation names one by its index here.
    public var functions: [FunctionManifest]

    /// Declares a plugin.
    public init(plugin: String, functions: [FunctionManifest]) {
        self.plugin = plugin
        self.functions = functions
    }
}

/// What a plugin declares about one function.
public struct FunctionManifest: Hashable, Sendable, Codable {
    /// The name within the plugin.
    public var name: String
    /// What the function is for, in a sentence.
    public var summary: String?
    /// What runs it.
    ///
    /// Empty: callable by name.
    public var triggers: [TriggerDeclaration]?
    /// Limits that differ from the defaults.
    public var limits: QuotaOverrides?
    /// Where it runs; the default is a shared cell.
    public var isolation: Isolation?
    /// What happens after crashes; the default is `backoff`.
    public var onCrash: CrashPolicy?
    /// Whether the function takes its request body, or gives its response, as a stream.
    public var streaming: Streaming?
    /// Whether running it twice for one event does no harm.
    public var idempotent: Bool?
    /// Whether `ANY /functions/{name}` reaches it although it has only other triggers.
    public var `public`: Bool?
    /// How what is queued for it is delivered.
    public var delivery: DeliveryDeclaration?
    /// The functions that it consists of, where it is a sequence: names of the same plugin, or full
    /// names.
    public var sequence: [String]?

    /// Declares a function.
    public init(name: String) { self.name = name }
}

/// Where a function runs.
public enum Isolation: String, Sendable, Codable {
    /// In a shared cell, beside other plugins.
    case thread
    /// In a cell of the plugin's own.
    case process
}

/// What happens after crashes of a function.
public enum CrashPolicy: String, Sendable, Codable {
    /// Start again at once, always.
    case restart
    /// Wait longer after each crash, then demote, then quarantine.
    case backoff
}

/// Which bodies of a function are streams: unlimited in length, bounded in memory.
public struct Streaming: Hashable, Sendable, Codable {
    /// The request body is read as it arrives.
    public var request: Bool?
    /// The response body is sent as it is written.
    public var response: Bool?

    /// Declares the streams.
    public init(request: Bool? = nil, response: Bool? = nil) {
        self.request = request
        self.response = response
    }
}

/// What runs a function; exactly one member is set.
public struct TriggerDeclaration: Hashable, Sendable, Codable {
    /// A route on the function listener.
    public var http: HTTPTriggerDeclaration?
    /// A schedule.
    public var cron: CronTriggerDeclaration?
    /// A watched directory.
    public var files: FilesTriggerDeclaration?
    /// Events of a type.
    public var event: EventTriggerDeclaration?
    /// Only calls by other functions.
    public var `internal`: InternalTriggerDeclaration?

    /// Declares nothing yet.
    public init() {}
}

/// A route: `{name}` matches one segment, `{name*}` at the end matches the rest.
public struct HTTPTriggerDeclaration: Hashable, Sendable, Codable {
    /// The method, or `ANY`.
    public var method: String
    /// The path, starting with `/`.
    public var path: String

    /// Declares a route.
    public init(method: String, path: String) {
        self.method = method
        self.path = path
    }
}

/// A schedule, as declared; what the expression means is the cron trigger's business.
public struct CronTriggerDeclaration: Hashable, Sendable, Codable {
    /// The expression.
    public var expression: String
    /// An IANA time zone; the default is UTC.
    public var timeZone: String?
    /// What happens to missed ticks.
    public var catchUp: String?
    /// What happens when the last run is still going.
    public var overlap: String?
    /// What happens to times of day that a change of the clocks skips.
    public var dst: String?
    /// By how much each tick is late at most, so that not all schedules run at once.
    public var jitter: String?
    /// How late a tick may still be started.
    public var startingDeadline: String?
    /// The first instant there may be, as RFC 3339 writes it.
    public var starts: String?
    /// The last instant there may be, as RFC 3339 writes it.
    public var ends: String?

    /// Declares a schedule.
    public init(expression: String) { self.expression = expression }
}

/// Events that a function wants to hear of.
public struct EventTriggerDeclaration: Hashable, Sendable, Codable {
    /// The type of the events: whole, or its beginning up to a `*` at the end.
    public var type: String
    /// Further attributes, each of which must have this value, or beginning up to a `*`.
    public var attributes: [String: String]?

    /// Declares a wish.
    public init(type: String, attributes: [String: String]? = nil) {
        self.type = type
        self.attributes = attributes
    }
}

/// Marks a function that only other functions call.
public struct InternalTriggerDeclaration: Hashable, Sendable, Codable {
    /// Declares it.
    public init() {}
}
