/// A signature file and its library as one image, which is stored, hashed and handed to cells whole.
///
/// It begins with eight letters, the lengths of the two parts as 64-bit numbers, lowest byte first, and
/// then has the signatures as JSON and the library, which is empty for one of the system's.
public enum ForeignImage {
    /// How an image begins.
    public static let magic: [UInt8] = Array("ROOSTFFI".utf8)
    /// The bytes before the signatures.
    public static let headCount = 24
    /// Stands for an entry's name where there is none.
    public static let entrySymbol = "roost_foreign"

    /// Where the parts lie.
    public struct Parts: Sendable, Hashable {
        /// The signatures.
        public var signatures: Range<Int>
        /// The library.
        public var library: Range<Int>
    }

    /// The head of an image with parts of these lengths.
    public static func head(signatures: Int, library: Int) -> [UInt8] {
        var head = magic
        for count in [signatures, library] {
            for place in 0..<8 { head.append(UInt8(truncatingIfNeeded: count >> (place * 8))) }
        }
        return head
    }

    /// Where the parts of an image lie; `nil` where it is none.
    ///
    /// - Parameters:
    ///   - head: How it begins.
    ///   - size: How long it is.
    /// - Returns: The ranges of both.
    public static func parts(_ head: Span<UInt8>, size: Int) -> Parts? {
        guard head.count >= headCount, size >= headCount else { return nil }
        for (index, byte) in magic.enumerated() where head[index] != byte { return nil }
        func count(at start: Int) -> Int? {
            var value: UInt64 = 0
            for place in (0..<8).reversed() { value = value << 8 | UInt64(head[start + place]) }
            return Int(exactly: value)
        }
        guard let signatures = count(at: 8), let library = count(at: 16),
            signatures <= SignatureFile.sizeLimit, signatures <= size - headCount,
            library == size - headCount - signatures
        else { return nil }
        let middle = headCount + signatures
        return Parts(signatures: headCount..<middle, library: middle..<size)
    }
}
