internal import FoundationEssentials

/// What whoever queues an invocation wishes of its delivery; what isn't said is left to the function.
public struct DeliveryWishes: Sendable, Hashable {
    /// Not to be started before so long from now.
    public var delay: Duration?
    /// Not to be started before.
    public var notBefore: WallTime?
    /// Not to be started after.
    public var deadline: WallMoment?
    /// Those that share it run one at a time.
    public var orderingKey: String?
    /// Higher ones of a function run first.
    public var priority: Int?
    /// How often it may be started.
    public var maximumAttempts: Int?
    /// How long after it may first be started it may still be.
    public var maximumAge: Duration?
    /// A tighter wall-time limit than the function's own.
    public var timeout: Duration?
    /// A URL that hears of the end, whatever it is.
    public var callback: String?
    /// Who hears of a success.
    public var onSuccess: Destination?
    /// Who hears of a dead letter.
    public var onFailure: Destination?

    /// Wishes nothing.
    public init() {}

    /// Lays the wishes over a function's own options.
    ///
    /// A delay doesn't use up the age: that counts from the moment at which it may first be started.
    public func applied(to options: DeliveryOptions, now: WallTime) -> DeliveryOptions {
        var options = options
        if let start = [delay.map { now + $0 }, notBefore].compactMap({ $0 }).max() {
            options.notBefore = start
        }
        if let deadline { options.deadline = deadline.time(from: now) }
        if let maximumAttempts { options.maximumAttempts = maximumAttempts }
        if let maximumAge { options.maximumAge = maximumAge }
        if let start = options.notBefore, start > now { options.maximumAge += start - now }
        options.orderingKey = orderingKey ?? options.orderingKey
        options.priority = priority ?? options.priority
        options.timeout = timeout ?? options.timeout
        options.callback = callback ?? options.callback
        options.onSuccess = onSuccess ?? options.onSuccess
        options.onFailure = onFailure ?? options.onFailure
        return options
    }

    /// Why the wishes, laid over a function's own options, can't be met; `nil` when they can.
    public func problem(_ options: DeliveryOptions, now: WallTime) -> DeliveryProblem? {
        let start = max(now, options.notBefore ?? now)
        guard start <= now + DeliveryBounds.longest else {
            return DeliveryProblem("it may start in more than 30 days, which is the longest delay")
        }
        guard options.deadline.map({ $0 > start }) ?? true else {
            return DeliveryProblem("the deadline is over before it may start")
        }
        return nil
    }
}

/// An instant, or a time from now.
public enum WallMoment: Sendable, Hashable {
    /// An instant.
    case at(WallTime)
    /// So long from now.
    case after(Duration)

    /// Reads an instant, or how long ago something was, in seconds since 1970; `nil` for anything
    /// else.
    public static func pastSeconds(_ text: String) -> Double? {
        if let time = DeliveryKey.instant(text) { return time.seconds }
        if let number = Double(text) { return number.isFinite ? number : nil }
        guard let ago = DeliveryKey.duration(text) else { return nil }
        return Date.now.timeIntervalSince1970 - Double(ago.wholeNanoseconds) / 1e9
    }

    /// The instant, seen from now.
    public func time(from now: WallTime) -> WallTime {
        switch self {
        case .at(let time): time
        case .after(let duration): now + duration
        }
    }
}
