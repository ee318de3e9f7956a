internal import FoundationEssentials

/// A directory of a test's own below the temporary one, mode 0700.
public struct TemporaryHome: Sendable {
    /// The directory's path.
    public let path: String

    /// Makes a directory.
    public init() throws {
        // Short: a socket's path has to fit into 107 bytes.
        path = "/tmp/roost-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// Removes it with all that is in it.
    public func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
