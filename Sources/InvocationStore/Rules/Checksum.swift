internal import FunctionModel
internal import NIOCore

/// A checksum of 64 bits that tells damage of stored values from values; no secret keeps it.
///
/// Each step maps the state one to one for a given word, and each word one to one for a given
/// state, so any damage within eight neighbouring bytes always shows; other damage goes unseen
/// once in 2^64.
struct Checksum {
    private var state: UInt64 = 0x6a09_e667_f3bc_c909

    /// The checksum, as databases store whole numbers.
    var value: Int64 { Int64(bitPattern: state) }

    mutating func add(_ word: UInt64) {
        state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
        state ^= state >> 29
    }

    mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    mutating func add(_ number: Int) { add(Int64(number)) }

    mutating func add(_ time: WallTime?) {
        add(time == nil ? 0 : 1)
        add(time?.nanoseconds ?? 0)
    }

    mutating func add(_ text: String?) {
        guard let text else { return add(UInt64.max) }
        add(text.utf8.span.bytes)
    }

    mutating func add(_ buffer: ByteBuffer) { add(buffer.readableBytesSpan) }

    mutating func add(_ id: InvocationID) {
        add(id.words.high)
        add(id.words.low)
    }

    /// Adds the length and the bytes, eight at a time.
    mutating func add(_ bytes: RawSpan) {
        add(UInt64(bytes.byteCount))
        var at = 0
        while at + 8 <= bytes.byteCount {
            add(bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        guard at < bytes.byteCount else { return }
        var rest: UInt64 = 0
        while at < bytes.byteCount {
            rest = rest << 8 | UInt64(bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self))
            at += 1
        }
        add(rest)
    }
}
