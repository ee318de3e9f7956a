/// What this build calls itself.
enum HostVersion {
    /// The version, as in the changelog.
    static let current = "0.1.0"
}
