internal import FoundationEssentials

/// One wish about delivery by its names: `delay` in JSON, `Roost-Delay` among header fields,
/// `--delay` on the command line.
public enum DeliveryKey: String, Sendable, CaseIterable {
    case delay
    case notBefore
    case deadline
    case orderingKey
    case priority
    case maximumAttempts
    case maximumAge
    case timeout
    case callback
    case onSuccess
    case onFailure

    /// The name of the header field, in lower case.
    public var field: String {
        var name = "roost-"
        for character in rawValue {
            if character.isUppercase { name += "-" }
            name += character.lowercased()
        }
        return name
    }

    /// The name of the field as people write it.
    public var shownField: String {
        field.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined(separator: "-")
    }

    /// Reads a value into wishes.
    ///
    /// - Throws: `DeliveryProblem` with what is expected.
    public func read(
        _ text: String,
        into wishes: inout DeliveryWishes
    ) throws(DeliveryProblem) {
        switch self {
        case .delay: wishes.delay = try duration(text, least: .zero)
        case .maximumAge: wishes.maximumAge = try duration(text, least: .milliseconds(1))
        case .timeout: wishes.timeout = try duration(text, least: .milliseconds(1))
        case .notBefore:
            guard let time = Self.instant(text) else { throw expected(Self.instants, text) }
            wishes.notBefore = time
        case .deadline:
            if let time = Self.instant(text) {
                wishes.deadline = .at(time)
            } else if let duration = Self.duration(text) {
                wishes.deadline = .after(duration)
            } else {
                throw expected("a time from now such as 30s, or \(Self.instants)", text)
            }
        case .orderingKey:
            guard (1...DeliveryBounds.orderingKey).contains(text.utf8.count) else {
                throw expected("1 to \(DeliveryBounds.orderingKey) bytes", text)
            }
            wishes.orderingKey = text
        case .priority: wishes.priority = try number(text, DeliveryBounds.priorities)
        case .maximumAttempts: wishes.maximumAttempts = try number(text, DeliveryBounds.attempts)
        case .callback:
            guard case .url(let url) = try destination(text) else {
                throw expected("a URL that begins with http: or https:", text)
            }
            wishes.callback = url
        case .onSuccess: wishes.onSuccess = try destination(text)
        case .onFailure: wishes.onFailure = try destination(text)
        }
    }

    private func duration(_ text: String, least: Duration) throws(DeliveryProblem) -> Duration {
        guard let duration = Self.duration(text), duration >= least,
            duration <= DeliveryBounds.longest
        else { throw expected("a time such as 500ms, 30s, 5m, 2h or 7d, at most 30d", text) }
        return duration
    }

    private func number(_ text: String, _ range: ClosedRange<Int>) throws(DeliveryProblem) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw expected("a number from \(range.lowerBound) to \(range.upperBound)", text)
        }
        return number
    }

    private func destination(_ text: String) throws(DeliveryProblem) -> Destination {
        do { return try Destination(text) } catch {
            throw DeliveryProblem("\(shownField): \(error.description)")
        }
    }

    private func expected(_ what: String, _ text: String) -> DeliveryProblem {
        DeliveryProblem("\(shownField): '\(text.prefix(64))' doesn't do; it is \(what)")
    }

    private static let instants = "an instant such as 2030-01-31T12:00:00Z or seconds since 1970"

    /// Reads `500ms`, `30s`, `5m`, `2h` or `7d`; a bare number stands for seconds.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 10_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "", "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3_600)
        case "d": return .seconds(number * 86_400)
        default: return nil
        }
    }

    /// Reads an instant as RFC 3339 writes it, or as whole seconds since 1970.
    static func instant(_ text: String) -> WallTime? {
        if let seconds = Int64(text) {
            return seconds > 1_000_000_000 && seconds < 9_000_000_000
                ? WallTime(nanoseconds: seconds * 1_000_000_000) : nil
        }
        guard text.utf8.count <= 40 else { return nil }
        for fraction in [false, true] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: fraction)
            do { return WallTime(seconds: try style.parse(text).timeIntervalSince1970) } catch {
                continue
            }
        }
        return nil
    }
}

extension DeliveryWishes {
    /// Reads the wishes among header fields, whose names are in lower case.
    ///
    /// - Throws: `DeliveryProblem` when a value doesn't do, stands twice, or a name that begins with
    ///   `roost-` is unknown: a wish that nobody hears is worse than a refusal.
    public init(fields: some Sequence<Field>) throws(DeliveryProblem) {
        self.init()
        var seen: Set<String> = []
        for field in fields where field.name.hasPrefix("roost-") {
            guard let key = DeliveryKey.allCases.first(where: { $0.field == field.name }) else {
                if Self.told.contains(field.name) { continue }
                let known = DeliveryKey.allCases.map(\.shownField).joined(separator: ", ")
                throw DeliveryProblem(
                    "'\(field.name.prefix(64))' is unknown here; known are \(known)"
                )
            }
            guard seen.insert(field.name).inserted else {
                throw DeliveryProblem("\(key.shownField) stands twice")
            }
            try key.read(field.value, into: &self)
        }
        try check()
    }

    /// Refuses wishes that contradict each other.
    ///
    /// - Throws: `DeliveryProblem`.
    public func check() throws(DeliveryProblem) {
        if let delay, case .after(let end)? = deadline, end <= delay {
            throw DeliveryProblem("the deadline is before the end of the delay")
        }
        if let notBefore, case .at(let end)? = deadline, end <= notBefore {
            throw DeliveryProblem("the deadline is before the time at which it may start")
        }
    }

    /// What a host tells of invocations, and a request may carry on.
    private static let told: Set<String> = [
        "roost-invocation-id", "roost-outcome", "roost-reason", "roost-function",
        "roost-attempts", "roost-condition",
    ]
}
