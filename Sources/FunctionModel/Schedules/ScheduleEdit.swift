/// What an operator has changed of a schedule while the host ran, above code and `roost.yaml`.
public struct ScheduleEdit: Sendable, Hashable, Codable {
    /// What can be changed, named as in `roost.yaml`.
    public enum Key: String, CaseIterable, Sendable {
        case expression, timeZone, catchUp, overlap, dst, jitter, startingDeadline, starts, ends

        fileprivate var path: WritableKeyPath<CronTriggerDeclaration, String?>? {
            switch self {
            case .expression: nil
            case .timeZone: \.timeZone
            case .catchUp: \.catchUp
            case .overlap: \.overlap
            case .dst: \.dst
            case .jitter: \.jitter
            case .startingDeadline: \.startingDeadline
            case .starts: \.starts
            case .ends: \.ends
            }
        }
    }

    /// What is changed, by name.
    public private(set) var words: [String: String] = [:]

    /// Changes nothing.
    public init() {}

    /// Reads what `encode` has written.
    public init(from decoder: any Decoder) throws {
        words = try decoder.singleValueContainer().decode([String: String].self)
    }

    /// Writes the words.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }

    /// Whether it changes nothing.
    public var isEmpty: Bool { words.isEmpty }

    /// Changes more; `nil` gives back what code and `roost.yaml` say.
    ///
    /// - Throws: `HostOperationError` for what a schedule doesn't have.
    public mutating func change(_ changes: [String: String?]) throws(HostOperationError) {
        for (name, value) in changes {
            guard Key(rawValue: name) != nil else {
                let names = Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw HostOperationError(
                    .invalid,
                    "A schedule has no '\(name.prefix(80))'; it has \(names)."
                )
            }
            words[name] = value
        }
    }

    /// A declaration with what is changed of it.
    public func applied(to declared: CronTriggerDeclaration) -> CronTriggerDeclaration {
        var declared = declared
        for key in Key.allCases {
            guard let word = words[key.rawValue] else { continue }
            if let path = key.path {
                declared[keyPath: path] = word
            } else {
                declared.expression = word
            }
        }
        return declared
    }
}
