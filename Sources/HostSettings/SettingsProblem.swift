/// One thing that is wrong about the settings, with its place.
public struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// `roost.yaml:LINE:COLUMN`, `--flag` or `ROOST_…`.
    public var place: String
    /// What is wrong and what to write instead.
    public var message: String

    /// Describes a problem.
    public init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    /// `place: message`.
    public var description: String { "\(place): \(message)" }
}

/// All that is wrong about the settings, at once.
public struct InvalidSettings: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one.
    public var problems: [SettingsProblem]

    /// One problem a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
