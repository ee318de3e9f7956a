internal import FunctionModel
internal import Platform

/// What is kept of an image that passed its checks, so that it is never probed again.
struct ImageRecord: Sendable, Codable, Hashable {
    /// The name of its entry.
    var entrySymbol: String
    /// What it declared.
    var manifest: Manifest
    /// How much of the file a loader maps, in bytes from its start.
    var loadedBytes: Int
    /// What loading took, in microseconds.
    var loadMicroseconds: Int
    /// What its start-up took, in microseconds.
    var startMicroseconds: Int
}

/// What is kept of a plugin: its file as last served, and the versions to go back to.
struct PluginRecord: Sendable, Codable, Hashable {
    /// One version that is kept.
    struct Kept: Sendable, Codable, Hashable {
        /// The content hash.
        var hash: String
        /// The stored image, to notice when it is no longer what was stored.
        var image: FileIdentity
        /// What its probe found.
        var record: ImageRecord
    }

    /// A library beside a signature file.
    struct Library: Sendable, Codable, Hashable {
        /// Its name in the plugin directory.
        var name: String
        /// The file as it was when it was read.
        var identity: FileIdentity
    }

    /// The plugin's name.
    var plugin: String
    /// The file in the plugin directory.
    var file: String
    /// That file, as it was when it was read.
    var identity: FileIdentity
    /// The library beside it, as it was then, where the file is a signature file that names one.
    var library: Library?
    /// The content of that file.
    var fileHash: String
    /// The version in service; another than the file's after a rollback.
    var current: String
    /// The versions, in the order of their arrival, the newest first.
    var versions: [Kept]

    /// The version in service.
    var currentVersion: Kept? { kept(current) }

    /// Whether an operator has gone back to an older version.
    var isRolledBack: Bool { current != fileHash }

    /// The version of a hash.
    func kept(_ hash: String) -> Kept? { versions.first { $0.hash == hash } }

    /// Puts a version in front, and names the hashes that are no longer kept.
    mutating func add(_ version: Kept, limit: Int) -> [String] {
        versions.removeAll { $0.hash == version.hash }
        versions.insert(version, at: 0)
        let dropped = versions.dropFirst(max(1, limit)).filter { $0.hash != current }
        versions.removeAll { dropped.contains($0) }
        return dropped.map(\.hash)
    }
}

extension PluginVersion {
    /// Makes the version that dispatch serves of one that the store keeps.
    init(_ kept: PluginRecord.Kept, store: ImageStore) {
        self.init(
            contentHash: kept.hash,
            manifest: kept.record.manifest,
            entrySymbol: kept.record.entrySymbol,
            imagePath: store.imagePath(kept.hash),
            loadedSize: ByteCount(bytes: kept.record.loadedBytes)
        )
    }
}
