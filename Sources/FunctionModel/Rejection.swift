/// Why an invocation was not run.
///
/// `rawValue` is the `kind` of its `InvocationError`.
public enum Rejection: String, Sendable, Codable, CaseIterable {
    /// No such function is served.
    case noSuchFunction
    /// As many have begun lately as its rate allows.
    case rateLimited
    /// As many wait as may.
    case queueFull
    /// It waited as long as it may.
    case queueTimeout
    /// The function crashed lately.
    case backingOff
    /// Its plugin kept crashing and is not run any more.
    case quarantined
    /// No worker of it could be started.
    case cannotStart
    /// The host or the plugin's version is going away.
    case draining
    /// Functions called each other too deeply.
    case tooDeep
    /// One invocation made more calls at a time than it may.
    case tooManyCalls
    /// Its payload is larger than the function takes.
    case payloadTooLarge

    /// The status for whoever asked over HTTP.
    public var status: Int {
        switch self {
        case .noSuchFunction: 404
        case .rateLimited, .queueFull, .queueTimeout, .tooManyCalls: 429
        case .backingOff, .quarantined, .cannotStart, .draining: 503
        case .tooDeep: 508
        case .payloadTooLarge: 413
        }
    }

    /// Whether no later attempt can be welcome while the function stays as it is.
    public var isPermanent: Bool { self == .payloadTooLarge }
}

extension InvocationResult {
    /// A rejection with its sentence.
    public static func rejected(
        _ reason: Rejection,
        _ message: String,
        retryAfter: Duration? = nil
    ) -> InvocationResult {
        let retryable = reason.status == 429 || reason.status == 503
        return InvocationResult(
            outcome: .rejected,
            error: InvocationError(
                kind: reason.rawValue,
                message: message,
                retryable: retryable,
                retryAfter: retryAfter
            )
        )
    }

    /// The status that the function gave, or that stands for the outcome (design §6).
    public var status: Int {
        switch outcome {
        case .succeeded: head?.status ?? 200
        case .failed: head?.status ?? 500
        case .crashed, .memoryExceeded, .lost: 502
        case .timedOut, .cpuExceeded: 504
        case .cancelled: 503
        case .rejected: rejection?.status ?? 503
        }
    }

    /// Why it was not run; `nil` when it was.
    public var rejection: Rejection? {
        guard outcome == .rejected else { return nil }
        return error.flatMap { Rejection(rawValue: $0.kind) }
    }
}
