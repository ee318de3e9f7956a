internal import Synchronization

/// One invocation as this side of the contract sees it: the host's table, its context, the event.
///
/// Everything that handlers use goes through here, and nothing here touches the host once the
/// invocation has ended, so that a task that outlives its invocation does no harm.
final class Call: Sendable {
    // The host's table lives as long as the process; context and event until `end`.
    nonisolated(unsafe) let host: HostAPI
    nonisolated(unsafe) let context: OpaquePointer
    nonisolated(unsafe) private let eventPointer: UnsafePointer<roost_invocation>?
    private let ended = Atomic(false)
    private let responding = Atomic(false)
    private let pending = Mutex<Set<UInt>>([])
    let bodyOffset = Atomic(0)

    init(host: HostAPI, context: OpaquePointer, event: UnsafePointer<roost_invocation>?) {
        self.host = host
        self.context = context
        eventPointer = event
    }

    /// Whether the invocation is over.
    var isOver: Bool { ended.load(ordering: .acquiring) }

    /// Whether a streamed response has begun.
    var isResponding: Bool { responding.load(ordering: .relaxed) }

    /// Marks the response as begun; false when it had been.
    func beginResponding() -> Bool {
        !responding.exchange(true, ordering: .relaxed)
    }

    /// The event; `nil` at a plugin's start and end, and once the invocation is over.
    var event: UnsafePointer<roost_invocation>? { isOver ? nil : eventPointer }

    /// Marks the end; false when it had been marked before.
    func end() -> Bool {
        !ended.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Calls whoever still waits for the host, which won't call any more.
    func releaseWaiters() {
        let left = pending.withLock { ids in
            defer { ids.removeAll() }
            return ids
        }
        for id in left { Callbacks.take(id)?(nil) }
    }
}

// MARK: Waiting

extension Call {
    /// Calls back once, on the worker's thread, when one of `events` holds or the invocation ends.
    func when(_ events: Wake, _ body: @escaping Callbacks.Body) {
        guard !isOver, let when = host.pointee.when else { return body(nil) }
        when(context, events.rawValue, { Callbacks.run($0, nil) }, register(body))
    }

    /// Suspends until one of `events` holds or the invocation ends.
    func wait(_ events: Wake) async {
        await withUnsafeContinuation { continuation in
            when(events) { _ in continuation.resume() }
        }
    }

    /// Runs the worker's loop until something has happened.
    ///
    /// - Throws: `CancellationError` when the invocation has been cancelled or is over.
    func pump() throws {
        guard !isOver, let pump = host.pointee.pump else { throw CancellationError() }
        try checkCancellation()
        pump(context)
    }

    /// Keeps `body` until the host calls back; what the host gets is a number, not a pointer, so
    /// that a late call finds nothing instead of freed memory.
    func register(_ body: @escaping Callbacks.Body) -> UnsafeMutableRawPointer? {
        let id = Callbacks.add(body)
        pending.withLock { _ = $0.insert(id) }
        return UnsafeMutableRawPointer(bitPattern: id)
    }

    /// Why the host asks to stop; `nil` when it doesn't.
    var cancelReason: CancelReason? {
        guard !isOver, let cancelled = host.pointee.cancelled else { return nil }
        return CancelReason(rawValue: cancelled(context))
    }

    /// Throws when there is no point in going on.
    func checkCancellation() throws {
        if isOver || cancelReason != nil { throw CancellationError() }
    }

    /// The worker's executor; `nil` when the host has none.
    func executor() -> (any TaskExecutor)? {
        var words: (UInt, UInt) = (0, 0)
        withUnsafeMutablePointer(to: &words) { pointer in
            pointer.withMemoryRebound(to: UInt.self, capacity: 2) {
                host.pointee.executor?(context, $0)
            }
        }
        guard words.0 != 0 else { return nil }
        return unsafeBitCast(words, to: (any TaskExecutor).self)
    }
}
