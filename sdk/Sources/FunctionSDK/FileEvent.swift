public import struct FoundationEssentials.Date

/// Something happened to a file in a watched directory.
public struct FileEvent: Codable, Sendable, Hashable {
    /// What happened, as the difference between two states of the directory.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The file is new.
        case added
        /// Its content is another.
        case changed
        /// It is gone.
        case removed
    }

    /// Names the event for ever; a key for work that must happen once.
    public var id: String
    /// The file's path below the watched directory.
    ///
    /// Names are bytes: what isn't text is replaced here, and stands in `rawPath`.
    public var path: String
    /// What happened to it.
    public var kind: Kind
    /// Its size in bytes; `nil` when it is gone.
    public var size: Int?
    /// The watched directory, as the host sees it.
    public var directory: String
    /// The path's bytes in hexadecimal, where they aren't text.
    public var rawPath: String?
    /// When its content was last changed, in nanoseconds since 1970; `nil` when it is gone.
    public var modifiedNanoseconds: Int64?
    /// When the host found the change, in nanoseconds since 1970.
    public var foundNanoseconds: Int64?
    /// Its inode; `nil` when it is gone.
    public var inode: UInt64?

    /// Describes an event; without an `id` the path stands for it.
    public init(path: String, kind: Kind, size: Int? = nil, id: String? = nil) {
        self.id = id ?? path
        self.path = path
        self.kind = kind
        self.size = size
        directory = ""
    }

    /// Takes what a host, or somebody who calls the function by hand, says.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        path = try values.decode(String.self, forKey: .path)
        kind = try values.decode(Kind.self, forKey: .kind)
        id = try values.decodeIfPresent(String.self, forKey: .id) ?? path
        size = try values.decodeIfPresent(Int.self, forKey: .size)
        directory = try values.decodeIfPresent(String.self, forKey: .directory) ?? ""
        rawPath = try values.decodeIfPresent(String.self, forKey: .rawPath)
        modifiedNanoseconds = try values.decodeIfPresent(Int64.self, forKey: .modifiedNanoseconds)
        foundNanoseconds = try values.decodeIfPresent(Int64.self, forKey: .foundNanoseconds)
        inode = try values.decodeIfPresent(UInt64.self, forKey: .inode)
    }

    /// The file's own name.
    public var name: String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map {
            String(path[path.utf8.index(after: $0)...])
        }
            ?? path
    }

    /// The bytes of the path, text or not.
    public var pathBytes: [UInt8] {
        guard let rawPath else { return Array(path.utf8) }
        let digits = rawPath.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    /// When its content was last changed; `nil` when it is gone.
    public var modified: Date? {
        modifiedNanoseconds.map { Date(timeIntervalSince1970: Double($0) / 1e9) }
    }
}
