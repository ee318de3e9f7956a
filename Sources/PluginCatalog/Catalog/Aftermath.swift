/// What follows from a version being in service.
struct Aftermath: Sendable {
    /// What to write down.
    var record: PluginRecord
    /// Versions that are no longer kept.
    var droppedHashes: [String]
    /// The plugin that the file served before, under another name.
    var retired: Retired?
    /// Whether another version was in service before, whose routes may be free now.
    var replacedOther: Bool
}

/// A plugin that is no longer served.
struct Retired: Sendable, Hashable {
    /// Its name.
    var plugin: String
    /// The versions that were kept of it.
    var hashes: [String]
}
