/// What a plugin's ended workers have left in cells, where it stays until the cell ends.
public struct LeftBehind: Sendable, Hashable, Codable {
    /// Memory, in bytes.
    public var bytes: Int
    /// Threads that couldn't be ended.
    public var threads: Int

    /// Nothing, or so much.
    public init(bytes: Int = 0, threads: Int = 0) {
        self.bytes = bytes
        self.threads = threads
    }

    /// Adds what another worker has left, up to half of what a number can hold.
    public mutating func add(_ other: LeftBehind) {
        bytes += min(other.bytes, Int.max / 2 - bytes)
        threads += min(other.threads, Int.max / 2 - threads)
    }

    /// In words: "3 MiB and 1 thread that can't be ended".
    public var words: String {
        var parts: [String] = []
        if bytes > 0 || threads == 0 { parts.append("\(ByteCount(bytes: bytes))") }
        if threads > 0 {
            parts.append("\(threads) thread\(threads == 1 ? "" : "s") that can't be ended")
        }
        return parts.joined(separator: " and ")
    }
}
