/// What tells one content of a file from another without reading it.
public struct FileFacts: Hashable, Sendable, Codable {
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

    /// Describes a file.
    public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Whether the content is the same as far as can be told.
    ///
    /// A further link, another mode or owner change `changed` alone; a device's number may be another
    /// after a restart: neither says anything about the content.
    public func hasSameContent(as other: FileFacts) -> Bool {
        inode == other.inode && size == other.size && modified == other.modified
    }
}

/// Where a file lies below a watched directory; names are bytes, which need not be text.
public struct FilePath: Hashable, Sendable {
    /// The directories on the way, joined by `/`; empty for the watched one itself.
    public var directory: [UInt8]
    /// The file's own name.
    public var name: [UInt8]

    /// Joins a directory and a name.
    public init(directory: [UInt8] = [], name: [UInt8]) {
        self.directory = directory
        self.name = name
    }

    /// Splits a path at its last `/`.
    public init(_ bytes: [UInt8]) {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            self.init(name: bytes)
            return
        }
        self.init(directory: Array(bytes[..<slash]), name: Array(bytes[(slash + 1)...]))
    }

    /// The whole path below the watched directory.
    public var bytes: [UInt8] {
        directory.isEmpty ? name : directory + [UInt8(ascii: "/")] + name
    }

    /// The path for people; what isn't text is replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether `text` says it all.
    public var isText: Bool { String(validating: bytes, as: UTF8.self) != nil }
}

extension FilePath: Comparable {
    /// Orders by the bytes of the directory, then of the name.
    public static func < (left: Self, right: Self) -> Bool {
        left.directory == right.directory
            ? left.name.lexicographicallyPrecedes(right.name)
            : left.directory.lexicographicallyPrecedes(right.directory)
    }
}

/// What happened to a file, as the difference between two states of a directory.
public enum FileChangeKind: Int, Sendable, Hashable, CaseIterable {
    /// It is new.
    case added = 1
    /// Its content is another.
    case changed = 2
    /// It is gone.
    case removed = 3

    /// The word for it.
    public var word: String {
        switch self {
        case .added: "added"
        case .changed: "changed"
        case .removed: "removed"
        }
    }

    /// The kind that a word stands for; `nil` for any other word.
    public init?(word: String) {
        guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = kind
    }
}
