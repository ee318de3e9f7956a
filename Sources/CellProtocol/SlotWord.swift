/// The word that host and worker share for each slot of a worker's window, so that after any end of
/// the cell the host knows what had started.
///
/// It holds the invocation's sequence and its state; both sides change it by compare-and-swap only.
///
/// The shared page has `count` slots of `stride` bytes: the word, then the 32-bit reason for which the
/// invocation was asked to stop (0 while it wasn't).
public struct SlotWord: Hashable, Sendable {
    /// The slots of a worker.
    public static let count = 16
    /// Bytes from one slot to the next: a cache line each.
    public static let stride = 64
    /// Where in a slot the cancel reason stands.
    public static let cancelOffset = 8
    /// The size of the shared page.
    public static let pageSize = 4_096

    /// How far an invocation has come.
    public enum State: UInt8, Sendable {
        /// No invocation.
        case free = 0
        /// Sent by the host.
        case waiting = 1
        /// Taken by the worker: it may have had effects.
        case started = 2
        /// Taken back by the host: the worker skips it.
        case recalled = 3
    }

    /// The word's value.
    public var rawValue: UInt64

    /// Reads a word.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Joins a sequence (56 bits) with a state.
    public init(sequence: UInt64, state: State) {
        rawValue = sequence << 8 | UInt64(state.rawValue)
    }

    /// The invocation.
    public var sequence: UInt64 { rawValue >> 8 }
    /// The state; `nil` when the other side wrote nonsense.
    public var state: State? { State(rawValue: UInt8(truncatingIfNeeded: rawValue)) }
}
