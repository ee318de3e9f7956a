/// How what is queued for a function is delivered, as a plugin declares it or the operator sets it.
public struct DeliveryDeclaration: Hashable, Sendable, Codable {
    /// How often one invocation may be started.
    public var maximumAttempts: Int?
    /// How long after its arrival it may still be started, in milliseconds.
    public var maximumAgeMilliseconds: Int?
    /// Who hears of a success, as `Destination` reads it.
    public var onSuccess: String?
    /// Who hears of a dead letter, as `Destination` reads it.
    public var onFailure: String?

    /// Declares nothing.
    public init() {}

    /// What breaks the rules; `nil` when nothing does.
    public var problem: String? {
        if let attempts = maximumAttempts, !DeliveryBounds.attempts.contains(attempts) {
            return "the maximum of attempts is \(attempts); it may be 1 to "
                + "\(DeliveryBounds.attempts.upperBound)"
        }
        if let age = maximumAgeMilliseconds,
            age < 1 || .milliseconds(age) > DeliveryBounds.longest
        {
            return "the maximum age is \(age) ms; it may be 1 ms to 30 days"
        }
        for text in [onSuccess, onFailure].compactMap({ $0 }) {
            do { _ = try Destination(text) } catch { return error.description }
        }
        return nil
    }

    /// Lays what is declared over other options; what breaks the rules is left out.
    public func applied(to options: DeliveryOptions) -> DeliveryOptions {
        var options = options
        if let maximumAttempts { options.maximumAttempts = maximumAttempts }
        if let age = maximumAgeMilliseconds { options.maximumAge = .milliseconds(age) }
        if let onSuccess { options.onSuccess = Self.destination(onSuccess) }
        if let onFailure { options.onFailure = Self.destination(onFailure) }
        return options
    }

    private static func destination(_ text: String) -> Destination? {
        do { return try Destination(text) } catch { return nil }
    }
}

/// How far wishes about delivery may go.
public enum DeliveryBounds {
    /// How often an invocation may be started.
    public static let attempts = 1...100
    /// The longest delay and the greatest age.
    public static let longest = Duration.seconds(30 * 86_400)
    /// The longest timeout that a function can have.
    public static let longestRun = Duration.seconds(86_400)
    /// Priorities.
    public static let priorities = -1_000...1_000
    /// The longest ordering key, in bytes.
    public static let orderingKey = 256
    /// How many functions, events and deliveries may follow from one another.
    public static let depth = 16
}
