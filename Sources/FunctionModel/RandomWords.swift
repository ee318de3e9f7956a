internal import Glibc
internal import Synchronization

/// Random words of the system's source, fetched for many ids at once: a call into the system costs
/// more than the words.
struct RandomWords: Sendable {
    private static let shared = Mutex(RandomWords())

    /// The most that one call of `getentropy` gives.
    private static let bytes = 256

    private var words = [UInt64](repeating: 0, count: bytes / MemoryLayout<UInt64>.size)
    private var left = 0

    /// Takes two words that nobody else gets.
    static func pair() -> (UInt64, UInt64) { shared.withLock { $0.take() } }

    /// The present time since 1970, as exactly as ids need it.
    static var milliseconds: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return UInt64(clamping: now.tv_sec) &* 1_000 &+ UInt64(clamping: now.tv_nsec / 1_000_000)
    }

    private mutating func take() -> (UInt64, UInt64) {
        if left == 0 { fill() }
        left -= 2
        // What has been given out is kept nowhere.
        defer { (words[left], words[left + 1]) = (0, 0) }
        return (words[left], words[left + 1])
    }

    private mutating func fill() {
        let status = getentropy(&words, Self.bytes)
        if status != 0 {
            var generator = SystemRandomNumberGenerator()
            for index in words.indices { words[index] = generator.next() }
        }
        left = words.count
    }
}
