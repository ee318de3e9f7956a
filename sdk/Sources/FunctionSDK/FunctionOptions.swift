/// What a function declares beside its triggers; the operator's settings go before it.
public struct FunctionOptions: Sendable, Hashable {
    /// What the function is for, in a sentence.
    public let summary: String?
    /// Limits that differ from the host's defaults.
    public let limits: Limits
    /// Where it runs; `nil` leaves it to the host, whose default is a shared cell.
    public let isolation: Isolation?
    /// What happens after crashes; `nil` leaves it to the host, whose default is `backoff`.
    public let onCrash: CrashPolicy?
    /// Whether running it twice for one event does no harm.
    public let idempotent: Bool
    /// Whether `/functions/{name}` reaches it although it has only other triggers.
    public let isPublic: Bool

    init(
        _ summary: String?,
        _ limits: Limits,
        _ isolation: Isolation?,
        _ onCrash: CrashPolicy?,
        _ idempotent: Bool,
        _ isPublic: Bool
    ) {
        self.summary = summary
        self.limits = limits
        self.isolation = isolation
        self.onCrash = onCrash
        self.idempotent = idempotent
        self.isPublic = isPublic
    }
}

/// Where a function runs.
public enum Isolation: String, Sendable, Hashable {
    /// In a shared cell, beside other plugins.
    case thread
    /// In a cell of the plugin's own, with a stricter sandbox.
    case process
}

/// What happens after crashes of a function.
public enum CrashPolicy: String, Sendable, Hashable {
    /// Start again at once, always.
    case restart
    /// Wait longer after each crash, then demote, then quarantine.
    case backoff
}

/// Which bodies are streams: unlimited in length, bounded in memory.
public struct Streaming: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8

    /// Takes bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The request body is read as it arrives; implied by a handler that takes a `RequestStream`.
    public static let request = Streaming(rawValue: 1)
    /// The response is written piece by piece through `context.stream`.
    public static let response = Streaming(rawValue: 2)
}
