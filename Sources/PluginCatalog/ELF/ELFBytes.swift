/// Reads numbers and names out of a file that may say anything.
struct ELFBytes: ~Escapable {
    private let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// The size of the file.
    var count: UInt64 { UInt64(bytes.byteCount) }

    /// Reads a little-endian integer.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ offset: UInt64,
        as _: Integer.Type = Integer.self
    ) throws(ELFProblem) -> Integer {
        let range = try range(offset, UInt64(MemoryLayout<Integer>.size))
        return Integer(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: range.lowerBound,
                as: Integer.self
            )
        )
    }

    /// Reads a name that ends with NUL; at most 4 KiB of it.
    func name(_ offset: UInt64, within limit: UInt64) throws(ELFProblem) -> String {
        let end = min(limit, count, offset.addingSaturating(4_096))
        guard offset < end else { throw .malformed("a name lies outside its table") }
        let slice = bytes.extracting(Int(offset)..<Int(end))
        return unsafe slice.withUnsafeBytes { buffer in
            unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Reads a text in a field of a fixed size, padded with NULs.
    func text(_ offset: UInt64, _ size: UInt64) throws(ELFProblem) -> String {
        _ = try range(offset, size)
        return try name(offset, within: offset + size)
    }

    /// Reads bytes.
    func array(_ offset: UInt64, _ size: UInt64) throws(ELFProblem) -> [UInt8] {
        let slice = bytes.extracting(try range(offset, size))
        return unsafe slice.withUnsafeBytes { unsafe Array($0) }
    }

    /// Whether the bytes at `offset` begin with `prefix`.
    func hasPrefix(_ prefix: StaticString, at offset: UInt64) -> Bool {
        let length = prefix.utf8CodeUnitCount
        guard offset <= count, count - offset >= UInt64(length) else { return false }
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe buffer[Int(offset)..<(Int(offset) + length)].elementsEqual(
                UnsafeBufferPointer(start: prefix.utf8Start, count: length)
            )
        }
    }

    private func range(_ offset: UInt64, _ size: UInt64) throws(ELFProblem) -> Range<Int> {
        let (end, overflow) = offset.addingReportingOverflow(size)
        guard !overflow, end <= count else { throw .truncated(needed: end, present: count) }
        return Int(offset)..<Int(end)
    }
}

extension UInt64 {
    /// The sum, or the largest number where it doesn't fit.
    func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// How much the names of one file may take together: entries of its tables may share one name, which
/// is read for each, so that a small file could ask for gigabytes.
struct NameAllowance {
    /// More than the names of any library take.
    private static let limit = 64 << 20

    private var used = 0

    /// Takes a name in.
    ///
    /// - Throws: `malformed` when all names together are too long.
    mutating func take(_ name: String) throws(ELFProblem) -> String {
        used += name.utf8.count
        guard used <= Self.limit else { throw .malformed("its names take more than 64 MiB") }
        return name
    }
}
