/// Names one invocation: 48 bits of time in milliseconds and 80 random ones, written as 32 hexadecimal
/// digits.
///
/// Whoever knows an id may ask for its result, so it has to be unguessable. It begins with the time so
/// that what is accepted together lies together in the store's indexes, as with UUIDs of version 7
/// (RFC 9562): ids without an order touched a page of each index for every invocation.
public struct InvocationID: Hashable, Sendable, Codable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Draws a new id from the clock and the system's random source.
    public init() {
        let (first, second) = RandomWords.pair()
        high = RandomWords.milliseconds << 16 | first & 0xffff
        low = second
    }

    /// Reads 32 hexadecimal digits; `nil` for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isHexDigit),
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    /// Puts an id together from the two halves of its bits.
    public init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// The two halves of its bits.
    public var words: (high: UInt64, low: UInt64) { (high, low) }

    /// The 32 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            for digit in 0..<32 {
                let word = digit < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - (digit % 16) * 4)) & 15
                buffer[digit] = nibble < 10 ? nibble + 48 : nibble + 87
            }
            return 32
        }
    }

    /// Reads the digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = InvocationID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is not an invocation id: it has 32 hexadecimal digits"
            )
        }
        self = id
    }

    /// Writes the digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
