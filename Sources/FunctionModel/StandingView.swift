/// Where a plugin stands after crashes, as operators see it.
public struct StandingView: Sendable, Hashable, Codable {
    /// How far it has come.
    public enum Stage: String, Sendable, Codable {
        /// It runs where its definition says.
        case trusted
        /// It got a cell of its own until it has behaved for a while.
        case demoted
        /// It isn't run until an operator or a new version steps in.
        case quarantined
    }

    /// How far it has come.
    public var stage: Stage
    /// Crashes of the last ten minutes, in the place where it runs now.
    public var crashes: Int
    /// How often it was demoted since its version came.
    public var demotions: Int
    /// When a demoted one comes back, if it doesn't crash before.
    public var restoredInSeconds: Double?

    /// Describes a standing.
    public init(stage: Stage, crashes: Int, demotions: Int, restoredInSeconds: Double? = nil) {
        self.stage = stage
        self.crashes = crashes
        self.demotions = demotions
        self.restoredInSeconds = restoredInSeconds
    }
}
