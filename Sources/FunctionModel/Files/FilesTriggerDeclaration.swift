/// A watched directory, as declared; what isn't said has a default.
public struct FilesTriggerDeclaration: Hashable, Sendable, Codable {
    /// The directory: below the plugin's own in the host's home, or a whole path.
    public var directory: String
    /// Glob patterns of file names, or of paths where they hold a `/`; none stands for all.
    public var matching: [String]?
    /// Whether directories below are watched too.
    public var recursive: Bool?
    /// What is told: `added`, `changed`, `removed`; the default is the first two.
    public var kinds: [String]?
    /// How long a file has to stay the same that nobody was seen to finish; the default is 500.
    public var stableForMilliseconds: Int?
    /// How many files one invocation takes at most; `nil` for one, which it takes by itself.
    public var batch: Int?
    /// How many invocations may be under way at the same time.
    public var parallelism: Int?
    /// Which files come first: `arrival` (the default), `name`, `oldest` or `newest`.
    public var order: String?
    /// What becomes of a file that has been handled: `leave` (the default), `delete` or `move`.
    public var afterwards: String?
    /// The largest file that is told of.
    public var largestBytes: Int?

    /// Declares a watch.
    public init(directory: String) { self.directory = directory }

    /// The most files in one invocation.
    public static let largestBatch = 1_000
    /// The most invocations of a watch at a time.
    public static let mostParallel = 1_024
}

/// Which files of a watch come first.
public enum FileOrder: String, Sendable, Hashable, CaseIterable {
    /// As they were found.
    case arrival
    /// By the bytes of their paths.
    case name
    /// Those that were changed longest ago.
    case oldest
    /// Those that were changed last.
    case newest
}

extension FileAction {
    /// The word for it.
    public var word: String {
        switch self {
        case .leave: "leave"
        case .delete: "delete"
        case .move: "move"
        }
    }

    /// The action that a word stands for; `nil` for any other word.
    public init?(word: String) {
        guard let action = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = action
    }
}

extension FilesTriggerDeclaration {
    /// Whether the directory is a whole path, which a plugin can't choose by itself.
    public var isAbsolute: Bool { directory.hasPrefix("/") }

    /// The directory as it is named without a needless `/`.
    public var plainDirectory: String {
        let steps = directory.split(separator: "/").filter { $0 != "." }
        return (isAbsolute ? "/" : "") + steps.joined(separator: "/")
    }

    /// What is told.
    public var changeKinds: Set<FileChangeKind> {
        guard let kinds, !kinds.isEmpty else { return [.added, .changed] }
        return Set(kinds.compactMap { FileChangeKind(word: $0) })
    }

    /// Checks the declaration.
    ///
    /// - Throws: `PluginRefusal` of the kind `badManifest`, with `place` and the reason in words.
    func validate(in place: String) throws(PluginRefusal) {
        guard !directory.isEmpty, !directory.utf8.contains(0) else {
            throw .badManifest("\(place) names no directory")
        }
        try Manifest.check(directory, "the directory of \(place)", bytes: 4_095)
        let steps = directory.split(separator: "/", omittingEmptySubsequences: false)
        guard !steps.contains(".."), !steps.contains(".") || directory == "." else {
            throw .badManifest("\(place): '\(directory)' holds a step '.' or '..'")
        }
        try validatePatterns(in: place)
        for kind in kinds ?? [] where FileChangeKind(word: kind) == nil {
            throw .badManifest("\(place): '\(kind)' is none of added, changed and removed")
        }
        if let stableForMilliseconds, !(0...3_600_000).contains(stableForMilliseconds) {
            throw .badManifest("'stableFor' of \(place) goes from 0 to 1h")
        }
        try Self.check(batch, 1...Self.largestBatch, "'batch' of \(place)")
        try Self.check(parallelism, 1...Self.mostParallel, "'parallelism' of \(place)")
        try Self.check(largestBytes, 0...Int.max, "'largest' of \(place)")
        if let order, FileOrder(rawValue: order) == nil {
            let words = FileOrder.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badManifest("\(place): the order '\(order)' is none of \(words)")
        }
        guard let afterwards else { return }
        guard let action = FileAction(word: afterwards) else {
            throw .badManifest("\(place): '\(afterwards)' is none of leave, delete and move")
        }
        guard action == .leave || !changeKinds.contains(.removed) else {
            throw .badManifest(
                "\(place) wants to hear of removed files and has the host remove them: choose one"
            )
        }
    }

    private func validatePatterns(in place: String) throws(PluginRefusal) {
        let patterns = matching ?? []
        guard patterns.count <= 64 else {
            throw .badManifest("\(place) has \(patterns.count) patterns; 64 are allowed")
        }
        for pattern in patterns {
            try Manifest.check(pattern, "a pattern of \(place)", bytes: 255)
            guard !pattern.isEmpty else { throw .badManifest("\(place) has an empty pattern") }
            if let mistake = PatternMistake(in: pattern) {
                throw .badManifest("\(place): the pattern '\(pattern)' \(mistake.words)")
            }
        }
    }

    private static func check(
        _ value: Int?,
        _ range: ClosedRange<Int>,
        _ what: String
    ) throws(PluginRefusal) {
        guard let value, !range.contains(value) else { return }
        throw .badManifest(
            "\(what) is \(value); it goes from \(range.lowerBound) to \(range.upperBound)"
        )
    }
}
