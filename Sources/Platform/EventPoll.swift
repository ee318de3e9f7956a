internal import CPlatform

/// Waits for many descriptors at once, for a thread of its own; `wake` ends a wait from any thread.
public final class EventPoll: Sendable {
    /// What happened to a descriptor.
    public struct Event: Sendable {
        /// What `add` was given.
        public let token: UInt64
        /// There is something to read, or the end.
        public let isReadable: Bool
        /// There is room to write.
        public let isWritable: Bool
    }

    private static let wakeToken = UInt64.max
    private let poll: Descriptor
    private let waker: Descriptor

    /// Makes an empty set.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public init() throws(SystemCallError) {
        let raw = roost_poll_create()
        guard raw >= 0 else { throw SystemCallError("epoll_create1") }
        poll = Descriptor(owning: raw)
        let event = roost_waker_create()
        guard event >= 0 else { throw SystemCallError("eventfd") }
        waker = Descriptor(owning: event)
        try add(waker, token: Self.wakeToken)
    }

    /// Watches a descriptor for something to read.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func add(_ descriptor: Descriptor, token: UInt64) throws(SystemCallError) {
        try control(ROOST_POLL_ADD, descriptor, token: token, writable: false)
    }

    /// Watches also, or no longer, for room to write.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func watch(
        _ descriptor: Descriptor,
        token: UInt64,
        writable: Bool
    ) throws(SystemCallError) {
        try control(ROOST_POLL_CHANGE, descriptor, token: token, writable: writable)
    }

    /// Watches a descriptor no longer; call it before the descriptor is closed.
    public func remove(_ descriptor: Descriptor) {
        // Fails only for a descriptor that isn't watched, which is what was asked for.
        _ = roost_poll_control(
            poll.rawValue,
            Int32(ROOST_POLL_REMOVE),
            descriptor.rawValue,
            0,
            0
        )
    }

    /// Ends the wait that is going on, or the next.
    public func wake() { roost_waker_wake(waker.rawValue) }

    /// Waits until something happens, somebody calls `wake`, or the time is up (`nil`: never).
    public func wait(milliseconds: Int?) -> [Event] {
        let capacity = 64
        let timeout = milliseconds.map { Int32(clamping: $0) } ?? -1
        var events = [roost_poll_event](repeating: roost_poll_event(), count: capacity)
        let count = unsafe roost_poll_wait(poll.rawValue, &events, Int32(capacity), timeout)
        guard count > 0 else { return [] }
        return events.prefix(Int(count)).compactMap { event in
            guard event.token != Self.wakeToken else {
                roost_waker_rest(waker.rawValue)
                return nil
            }
            return Event(
                token: event.token,
                isReadable: event.ready & UInt32(ROOST_POLL_READABLE) != 0,
                isWritable: event.ready & UInt32(ROOST_POLL_WRITABLE) != 0
            )
        }
    }

    private func control(
        _ operation: Int,
        _ descriptor: Descriptor,
        token: UInt64,
        writable: Bool
    ) throws(SystemCallError) {
        let result = roost_poll_control(
            poll.rawValue,
            Int32(operation),
            descriptor.rawValue,
            token,
            writable ? 1 : 0
        )
        guard result == 0 else { throw SystemCallError("epoll_ctl") }
    }
}
