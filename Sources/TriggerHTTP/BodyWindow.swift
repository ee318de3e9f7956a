internal import FunctionModel
internal import NIOCore

/// A request body on its way into a function: hands on what the window allows, keeps the rest.
struct BodyWindow {
    private var underWay = 0
    private var held = CircularBuffer<ByteBuffer>()
    private var heldBytes = 0
    private var hasEnded = false
    private var hasSentEnd = false

    /// Whether no more should be read from the client.
    var isFull: Bool { underWay + heldBytes >= StreamWindow.bytes }

    /// Takes a piece from the client.
    mutating func add(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        held.append(piece)
        heldBytes += piece.readableBytes
    }

    /// Takes the end of the body from the client.
    mutating func end() { hasEnded = true }

    /// Learns that the function has taken so many bytes.
    mutating func consumed(_ bytes: Int) { underWay = max(0, underWay - bytes) }

    /// The next piece that may be handed on now, and whether the body ends with it.
    mutating func next() -> (piece: ByteBuffer, end: Bool)? {
        if held.isEmpty {
            guard hasEnded, !hasSentEnd else { return nil }
            hasSentEnd = true
            return (ByteBuffer(), true)
        }
        let room = StreamWindow.bytes - underWay
        guard room > 0, let piece = takeHeld(atMost: room) else { return nil }
        underWay += piece.readableBytes
        heldBytes -= piece.readableBytes
        hasSentEnd = hasEnded && held.isEmpty
        return (piece, hasSentEnd)
    }

    private mutating func takeHeld(atMost room: Int) -> ByteBuffer? {
        guard held[held.startIndex].readableBytes > room else { return held.removeFirst() }
        return held[held.startIndex].readSlice(length: room)
    }
}

/// The instant by which a request body must have made progress: neither may it pause for too long
/// nor be too slow on average.
struct BodyClock {
    private let limits: ListenerLimits
    private var start = NIODeadline.distantPast
    private var bytes = 0

    init(limits: ListenerLimits) { self.limits = limits }

    /// Counts a piece and returns the instant by which another must follow.
    mutating func deadline(after piece: Int, now: NIODeadline) -> NIODeadline {
        bytes += piece
        let earned = TimeAmount.milliseconds(Int64(bytes) * 1_000 / Int64(max(1, limits.bodyRate)))
        return min(now + limits.bodyTime, start + limits.bodyTime + earned)
    }

    /// Starts, or starts again after a time in which the host itself did not read.
    mutating func restart(now: NIODeadline) {
        start = now
        bytes = 0
    }
}
