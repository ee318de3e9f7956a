internal import Glibc

/// The memory of one call's arguments and results: taken piece by piece, given back at once.
final class Arena {
    private static let chunkSize = 64 << 10

    private let chunk: UnsafeMutableRawPointer
    private var used = 0
    private var large: [UnsafeMutableRawPointer] = []
    private(set) var total = 0

    init() { chunk = .allocate(byteCount: Self.chunkSize, alignment: 16) }

    deinit {
        reset()
        chunk.deallocate()
    }

    /// Zeroed memory for so many bytes, aligned for everything.
    ///
    /// - Throws: `CallFault` where there is none, or a call wants more than it may.
    func take(_ count: Int) throws(CallFault) -> UnsafeMutableRawPointer {
        guard count >= 0, count <= CallLimits.memory - total else { throw .tooMuchMemory }
        total += count
        let size = max(16, (count + 15) & ~15)
        if size <= Self.chunkSize - used {
            let start = chunk + used
            used += size
            memset(start, 0, size)
            return start
        }
        guard let start = calloc(1, size) else { throw .tooMuchMemory }
        large.append(start)
        return start
    }

    /// Gives everything back.
    func reset() {
        used = 0
        total = 0
        guard !large.isEmpty else { return }
        for piece in large { free(piece) }
        large.removeAll(keepingCapacity: true)
    }
}

/// The bounds of one call.
enum CallLimits {
    /// What its arguments and results may take, in bytes.
    static let memory = 256 << 20
    /// What a text that the library gives back may be long.
    static let text = 64 << 20
    /// What callers may hold at the same time.
    static let handles = 10_000
    /// How often `collect` takes what a callback gets.
    static let collected = 100_000
}
