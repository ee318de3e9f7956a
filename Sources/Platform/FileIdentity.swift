#if canImport(Glibc)
internal import Glibc
#endif

/// What tells a file's content from another without reading it: equal identities, equal content.
public struct FileIdentity: Sendable, Hashable, Codable {
    /// The inode's number.
    public var inode: UInt64
    /// The size in bytes.
    public var size: Int
    /// When the content was last changed, in nanoseconds since 1970.
    public var modified: Int64
    /// When content, mode or owner were last changed, in nanoseconds since 1970.
    public var changed: Int64

    /// Looks at what is at a path, without following a link there; `nil` when nothing is.
    public init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Looks at an open file.
    ///
    /// - Throws: `SystemCallError` when the kernel won't tell.
    public init(_ file: Descriptor) throws(SystemCallError) {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw SystemCallError("fstat") }
        self.init(status)
    }

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    /// Whether the content is the same as far as its owner can tell: mode and owner may differ.
    public func hasSameContent(as other: FileIdentity) -> Bool {
        inode == other.inode && size == other.size && modified == other.modified
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : seconds &+ Int64(time.tv_nsec)
    }
}
