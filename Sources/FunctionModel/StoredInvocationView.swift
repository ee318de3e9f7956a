internal import FoundationEssentials
internal import NIOCore

/// A queued invocation as callers and operators see it.
public struct StoredInvocationView: Sendable, Hashable, Codable {
    /// Names it.
    public var id: InvocationID
    /// Its function.
    public var function: FunctionName
    /// Where it stands: `waiting`, `running`, `succeeded`, `dead` or `cancelled`.
    public var state: String
    /// Why it was given up; only for dead ones.
    public var reason: DeadReason?
    /// How often it has been started.
    public var attempts: Int
    /// When it was accepted, in seconds since 1970.
    public var received: Double
    /// When it may be started (again), in seconds since 1970.
    public var notBefore: Double?
    /// When it ended, in seconds since 1970.
    public var ended: Double?
    /// The error of the latest attempt that failed.
    public var error: InvocationErrorView?
    /// The result, once it has ended and while it is kept.
    public var result: StoredResultView?

    /// Shows an invocation; backtraces are for operators only.
    public init(_ stored: StoredInvocation, backtrace: Bool = false) {
        id = stored.id
        function = stored.function
        attempts = stored.attempts
        received = stored.received.seconds
        ended = stored.ended?.seconds
        error = stored.error.map(InvocationErrorView.init)
        if !backtrace { error?.backtrace = [] }
        result = stored.result.map(StoredResultView.init)
        switch stored.state {
        case .waiting(let time):
            state = "waiting"
            notBefore = time?.seconds
        case .running: state = "running"
        case .succeeded: state = "succeeded"
        case .dead(let why):
            state = "dead"
            reason = why
        case .cancelled: state = "cancelled"
        }
    }

    /// Whether it has ended for good.
    public var isOver: Bool { ended != nil }
}

/// The result of a queued invocation as callers and operators see it.
public struct StoredResultView: Sendable, Hashable, Codable {
    /// How the last attempt ended.
    public var outcome: Outcome
    /// The status that the function gave, or stands for the outcome.
    public var status: Int
    /// The body's media type.
    public var contentType: String?
    /// The body, when it is text.
    public var body: String?
    /// The body in base64, when it isn't text.
    public var bodyBase64: String?

    /// Shows a result.
    public init(_ result: InvocationResult) {
        outcome = result.outcome
        let given = result.status
        status = given == 0 ? (result.body.readableBytes > 0 ? 200 : 204) : given
        let type = result.head?.contentType ?? ""
        contentType = type.isEmpty ? nil : type
        guard result.body.readableBytes > 0 else { return }
        body = String(validating: result.body.readableBytesView, as: UTF8.self)
        if body == nil { bodyBase64 = Data(result.body.readableBytesView).base64EncodedString() }
    }
}

/// A dead letter as operators see it.
public struct DeadLetterView: Sendable, Hashable, Codable {
    /// Names it.
    public var id: InvocationID
    /// Its function.
    public var function: FunctionName
    /// Why it was given up.
    public var reason: DeadReason
    /// How often it had been started.
    public var attempts: Int
    /// When it was accepted, in seconds since 1970.
    public var received: Double
    /// When it was given up, in seconds since 1970.
    public var ended: Double
    /// The error of the last attempt.
    public var error: InvocationErrorView?
    /// The payload's media type; not in lists.
    public var contentType: String?
    /// The payload, when it is text; not in lists.
    public var payload: String?
    /// The payload in base64, when it isn't text; not in lists.
    public var payloadBase64: String?

    /// Shows a dead letter.
    public init(_ letter: DeadLetter) {
        id = letter.id
        function = letter.function
        reason = letter.reason
        attempts = letter.attempts
        received = letter.received.seconds
        ended = letter.ended.seconds
        error = letter.error.map(InvocationErrorView.init)
        guard let invocation = letter.invocation else { return }
        contentType = invocation.contentType.isEmpty ? nil : invocation.contentType
        payload = String(validating: invocation.body.readableBytesView, as: UTF8.self)
        if payload == nil {
            payloadBase64 = Data(invocation.body.readableBytesView).base64EncodedString()
        }
    }
}

/// A part of the list of dead letters.
public struct DeadLetterPage: Sendable, Hashable, Codable {
    /// The oldest first.
    public var deadLetters: [DeadLetterView]
    /// Where the rest begins; `nil` when this is the last part.
    public var next: String?

    /// Describes a part.
    public init(_ letters: [DeadLetterView], next: String? = nil) {
        deadLetters = letters
        self.next = next
    }
}
