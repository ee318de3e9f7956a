public import FunctionModel

/// What commands need from rooms that this one can't see; the executable gives it.
public protocol HostWork: Sendable {
    /// Tells what a plugin file holds without running its code; with `probe`, also runs it in a
    /// throw-away cell.
    ///
    /// - Throws: an error whose description says why the file can't be read at all.
    func inspect(file: String, probe: Bool) async throws -> InspectionReport

    /// The library that a signature file, JSON or YAML, names beside it; `nil` where it names one of the
    /// system's, or isn't a signature file that can be read.
    func library(besides file: String) async -> String?

    /// Tells what this machine can enforce, and what it lacks, for a host with this home.
    func check(home: String) async throws -> [CheckItem]
}

/// What a plugin file holds.
public struct InspectionReport: Sendable, Codable, Hashable {
    /// One thing that is known of the file.
    public struct Fact: Sendable, Codable, Hashable {
        /// What it is, for example `architecture` or `needed libraries`.
        public var name: String
        /// One or more values.
        public var values: [String]

        /// States a fact.
        public init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// The file.
    public var file: String
    /// What is known, in the order to show it.
    public var facts: [Fact]
    /// Why it would not be served; `nil` when nothing speaks against it.
    public var refusal: PluginRefusal?
    /// What an author should know although it would be served.
    public var warnings: [String]
    /// What the probe found; `nil` without one.
    public var manifest: Manifest?
    /// What loading the image took, in seconds.
    public var loadSeconds: Double?
    /// What the plugin's entry and start-up took, in seconds.
    public var startSeconds: Double?

    /// Describes a file.
    public init(
        file: String,
        facts: [Fact],
        refusal: PluginRefusal? = nil,
        warnings: [String] = [],
        manifest: Manifest? = nil,
        loadSeconds: Double? = nil,
        startSeconds: Double? = nil
    ) {
        self.file = file
        self.facts = facts
        self.refusal = refusal
        self.warnings = warnings
        self.manifest = manifest
        self.loadSeconds = loadSeconds
        self.startSeconds = startSeconds
    }
}

/// One thing that a host wants of a machine.
public struct CheckItem: Sendable, Codable, Hashable {
    /// Whether the machine gives it.
    public enum State: String, Sendable, Codable {
        /// It holds.
        case enforced
        /// Something weaker holds.
        case partial
        /// Nothing holds.
        case missing
    }

    /// What is wanted, for example `signals to the host`.
    public var name: String
    /// Whether the machine gives it.
    public var state: State
    /// By what it is enforced, or what is missing and what to do, in a sentence.
    public var detail: String

    /// Describes one thing.
    public init(name: String, state: State, detail: String) {
        self.name = name
        self.state = state
        self.detail = detail
    }
}
