/// An amount of memory or data.
public struct ByteCount: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The amount in bytes.
    public var bytes: Int

    /// An amount in bytes.
    public init(bytes: Int) { self.bytes = bytes }

    /// Units of 1,024 bytes.
    public static func kibibytes(_ count: Int) -> Self { Self(bytes: count << 10) }
    /// Units of 1,024² bytes.
    public static func mebibytes(_ count: Int) -> Self { Self(bytes: count << 20) }
    /// Units of 1,024³ bytes.
    public static func gibibytes(_ count: Int) -> Self { Self(bytes: count << 30) }

    /// Orders by size.
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }

    /// The amount in its largest whole unit, for example `64 MiB`.
    public var description: String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        where bytes >= 1 << shift && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift) \(unit)"
        }
        return "\(bytes) bytes"
    }

    /// Reads a number of bytes.
    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int.self)
    }

    /// Writes the number of bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
