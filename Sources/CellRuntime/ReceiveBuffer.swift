internal import CCell
internal import CellProtocol
internal import Glibc

/// What has arrived on a worker's channel, in large reads.
///
/// The frame that the running invocation lives in can be pinned: it stays where it is until the
/// invocation ends.
///
/// The memory is plain, so that a worker that crashed leaves nothing half-changed.
final class ReceiveBuffer {
    static let initialCapacity = 16 << 10
    private static let keptCapacity = 64 << 10

    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private var start = 0
    private var end = 0
    private var isPinned = false
    private var pinned: UnsafeMutableRawPointer?

    init() {
        capacity = Self.initialCapacity
        base = .allocate(byteCount: Self.initialCapacity, alignment: 16)
    }

    deinit {
        base.deallocate()
        pinned?.deallocate()
    }

    /// A frame whose payload lies in this buffer.
    struct Frame {
        var header: FrameHeader
        var payload: UnsafeRawBufferPointer
    }

    /// Takes the next whole frame; `nil` while it has not arrived.
    func next() throws(ProtocolViolation) -> Frame? {
        let unread = UnsafeRawBufferPointer(start: base + start, count: end - start)
        guard let header = try FrameHeader(unread.bytes) else { return nil }
        let total = FrameHeader.size + header.length
        guard unread.count >= total else { return nil }
        start += total
        let payload = UnsafeRawBufferPointer(rebasing: unread[FrameHeader.size..<total])
        return Frame(header: header, payload: payload)
    }

    /// Keeps the last frame's memory in place until `unpin`.
    func pin() { isPinned = true }

    /// Lets go of the pinned frame, and of room that only a large frame needed.
    func unpin() {
        isPinned = false
        pinned?.deallocate()
        pinned = nil
        if start == end {
            start = 0
            end = 0
            if capacity > Self.keptCapacity { replace(capacity: Self.initialCapacity) }
        }
    }

    /// Reads what is there: the count, 0 at the channel's end, or a negative error number.
    func fill(from channel: Int32, wait: Bool) throws(ProtocolViolation) -> Int {
        try makeRoom()
        let count = cell_channel_receive(channel, base + end, capacity - end, wait ? 1 : 0)
        if count > 0 { end += count }
        return count
    }

    private func makeRoom() throws(ProtocolViolation) {
        if start == end, !isPinned {
            start = 0
            end = 0
        }
        let unread = UnsafeRawBufferPointer(start: base + start, count: end - start)
        let total = FrameHeader.size + (try FrameHeader(unread.bytes)?.length ?? 0)
        if start + total <= capacity, end < capacity { return }
        if !isPinned, total <= capacity {
            memmove(base, base + start, end - start)
            end -= start
            start = 0
            return
        }
        replace(capacity: max(total, Self.initialCapacity))
    }

    /// Moves what is unread to new memory; the old stays while a frame in it is pinned.
    private func replace(capacity newCapacity: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        memcpy(memory, base + start, end - start)
        if isPinned { pinned = base } else { base.deallocate() }
        isPinned = false
        base = memory
        capacity = newCapacity
        end -= start
        start = 0
    }
}
