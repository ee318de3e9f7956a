/// A failure that says how the caller is to be answered.
public struct FunctionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As in HTTP.
    public var status: Int
    /// What happened, for the caller.
    public var message: String
    /// Whether another attempt may help.
    public var retryable: Bool
    /// How long to wait before it, in whole seconds, for callers and the queue; `nil` leaves it to them.
    public var retryAfter: Duration?

    /// Describes a failure; by default 408, 429 and what begins at 500 may be tried again.
    public init(
        status: Int,
        message: String,
        retryable: Bool? = nil,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.message = message
        self.retryable = retryable ?? (status >= 500 || status == 408 || status == 429)
        self.retryAfter = retryAfter
    }

    /// The message.
    public var description: String { message }
}

/// What the host could not do for the function.
public enum HostError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The host doesn't offer this.
    case unsupported(String)
    /// The host answered with an error of the contract.
    case refused(String, Int32)

    /// A sentence.
    public var description: String {
        switch self {
        case .unsupported(let what): "This host doesn't offer \(what)."
        case .refused(let what, let code): "The host refused \(what) (\(code))."
        }
    }
}

/// An error as it goes to the host.
struct Failure {
    var status: Int
    var kind: String
    var message: String
    var retryable: Bool
    var headers: Headers = [:]

    init(_ error: any Error) {
        switch error {
        case let error as FunctionError:
            self.init(error.status, "FunctionError", error.message, error.retryable)
            if let wait = error.retryAfter {
                let seconds = max(0, (wait / .seconds(1)).rounded(.up))
                headers = ["Retry-After": String(Int(min(seconds, 1e9)))]
            }
        case let error as UndecodableInput:
            self.init(400, "UndecodableInput", error.description, false)
        case is CancellationError:
            self.init(500, "CancellationError", "The function was cancelled.", true)
        default:
            self.init(500, String(describing: type(of: error)), String(describing: error), true)
        }
    }

    private init(_ status: Int, _ kind: String, _ message: String, _ retryable: Bool) {
        self.status = status
        self.kind = kind
        self.message = message
        self.retryable = retryable
    }
}
