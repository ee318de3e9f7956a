/// The full name of a function, `plugin.function`, unique on a host.
public struct FunctionName: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    /// Stands for the host where the plugin's name stands; no plugin may have it.
    public static let host = "roost"

    /// The plugin that carries the function.
    public let plugin: String
    /// The name within the plugin; serves alone as the short name while it is unique on the host.
    public let function: String

    /// Joins two valid names.
    ///
    /// - Throws: `InvalidName` when one doesn't match `[a-z][a-z0-9_-]{0,30}`.
    public init(plugin: String, function: String) throws(InvalidName) {
        self.plugin = try Self.checked(plugin)
        self.function = try Self.checked(function)
    }

    /// Reads `plugin.function`.
    ///
    /// - Throws: `InvalidName` when it isn't two valid names with a dot between them.
    public init(_ text: String) throws(InvalidName) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw InvalidName(name: text) }
        try self.init(plugin: String(parts[0]), function: String(parts[1]))
    }

    /// The name as users write it.
    public var description: String { "\(plugin).\(function)" }

    /// Returns the name when it is valid.
    ///
    /// - Throws: `InvalidName` when it doesn't match `[a-z][a-z0-9_-]{0,30}`.
    public static func checked(_ name: String) throws(InvalidName) -> String {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 31, isLetter(first),
            bytes.allSatisfy({
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            })
        else { throw InvalidName(name: name) }
        return name
    }

    /// Orders by plugin, then function.
    public static func < (left: Self, right: Self) -> Bool {
        (left.plugin, left.function) < (right.plugin, right.function)
    }

    /// Reads `plugin.function`.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Writes `plugin.function`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}

/// A plugin or function name that breaks the rule for names.
public struct InvalidName: Error, CustomStringConvertible, Equatable {
    /// The name that was refused.
    public let name: String

    /// The sentence for whoever wrote the name.
    public var description: String {
        "'\(name)' is not a valid name: use 1 to 31 of a-z, 0-9, '_' and '-', starting with a letter"
    }
}
