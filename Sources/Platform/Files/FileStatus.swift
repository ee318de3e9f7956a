internal import CPlatform

/// What is known of a file without reading it.
public struct FileStatus: Sendable, Hashable {
    /// What it is.
    public enum Kind: Sendable, Hashable {
        /// A file with content.
        case regular
        /// A directory.
        case directory
        /// A link, a device, a pipe or a socket.
        case other
    }

    /// The device it lies on.
    public var device: UInt64
    /// Its inode there.
    public var inode: UInt64
    /// Its size in bytes.
    public var size: Int64
    /// When its content was last changed, in nanoseconds since 1970.
    public var modified: Int64
    /// When content, mode, owner or links were last changed, in nanoseconds since 1970.
    public var changed: Int64
    /// What it is.
    public var kind: Kind

    init(_ status: roost_file_status) {
        device = status.device
        inode = status.inode
        size = status.size
        modified = status.modified
        changed = status.changed
        switch Int(status.kind) {
        case ROOST_FILE_REGULAR: kind = .regular
        case ROOST_FILE_DIRECTORY: kind = .directory
        default: kind = .other
        }
    }
}
