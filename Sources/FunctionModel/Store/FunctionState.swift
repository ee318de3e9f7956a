public import NIOCore

/// Whose state it is.
public enum StateScope: Sendable, Hashable {
    /// A function's own.
    case function(FunctionName)
    /// Something of the host's: schedules, the index of files, versions.
    case host(String)
}

/// A value under a key, with what is needed to change it safely.
public struct StateEntry: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value.
    public var value: ByteBuffer
    /// Changes with every write, and never comes back for the same key.
    public var version: Int64
    /// When it vanishes; `nil` for never.
    public var expires: WallTime?

    /// Describes an entry.
    public init(key: String, value: ByteBuffer, version: Int64, expires: WallTime? = nil) {
        self.key = key
        self.value = value
        self.version = version
        self.expires = expires
    }
}

/// What is to be kept under a key.
public struct StateValue: Sendable, Hashable {
    /// The bytes.
    public var bytes: ByteBuffer
    /// When it vanishes; `nil` for never.
    public var expires: WallTime?

    /// Describes a value.
    public init(_ bytes: ByteBuffer, expires: WallTime? = nil) {
        self.bytes = bytes
        self.expires = expires
    }
}

/// What must be true for a write to happen.
public enum StateCondition: Sendable, Hashable {
    /// Nothing.
    case any
    /// There is no value.
    case absent
    /// The value has this version.
    case version(Int64)
}

/// What became of a write.
public enum StateVerdict: Sendable, Hashable {
    /// It happened; the value has this version now.
    case written(version: Int64)
    /// The condition didn't hold; this is the version, `nil` when there is no value.
    case conflict(version: Int64?)
}

/// How much the values of one scope may be together.
public struct StateBounds: Sendable, Hashable {
    /// Keys and values.
    public var bytes: ByteCount
    /// How many.
    public var entries: Int

    /// Describes bounds.
    public init(bytes: ByteCount = .mebibytes(64), entries: Int = 100_000) {
        self.bytes = bytes
        self.entries = entries
    }

    /// No bounds: for what the host itself keeps.
    public static let none = StateBounds(bytes: ByteCount(bytes: .max), entries: .max)
}

/// The right to something that only one may have at a time.
public struct LockGrant: Sendable, Hashable {
    /// Whose lock.
    public var scope: StateScope
    /// Which.
    public var name: String
    /// Higher than that of every grant before: what the lock protects should refuse lower ones.
    public var token: Int64
    /// Until when, unless it is renewed.
    public var expires: WallTime

    /// Describes a grant.
    public init(scope: StateScope, name: String, token: Int64, expires: WallTime) {
        self.scope = scope
        self.name = name
        self.token = token
        self.expires = expires
    }
}
