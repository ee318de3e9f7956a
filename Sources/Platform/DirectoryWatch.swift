internal import CPlatform
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Hears what happens in one directory, from a thread of its own.
///
/// Where the directory is deleted, moved or made anew, the watch finds it again by its path and asks
/// for a rescan. Where the kernel offers no watch, it compares listings.
public final class DirectoryWatch: Sendable {
    /// Brings an element whenever there is something to `take`; many changes may share one.
    public let wakeups: AsyncStream<Void>
    private let state: WatchState

    /// Begins to watch; the first change is a rescan, so that nothing is missed.
    ///
    /// - Parameters:
    ///   - path: The directory; it may come to be later.
    ///   - pollInterval: How often listings are compared where the kernel offers no watch.
    ///   - usesInotify: False to compare listings from the start.
    /// - Throws: `SystemCallError` when there is no descriptor or thread left.
    public init(
        path: String,
        pollInterval: Duration = .milliseconds(500),
        usesInotify: Bool = true
    ) throws(SystemCallError) {
        let (stream, wake) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        var ends: [Int32] = [-1, -1]
        guard roost_pipe(&ends) == 0 else { throw SystemCallError("pipe") }
        wakeups = stream
        state = WatchState(
            path: path,
            pollMilliseconds: Int32(max(1, min(60_000, pollInterval / .milliseconds(1)))),
            usesInotify: usesInotify,
            stop: Descriptor(owning: ends[0]),
            stopper: Descriptor(owning: ends[1]),
            wake: wake
        )
        let watch = state
        try PlatformThread.start(name: "roost-watch") { watch.run() }
    }

    deinit { state.end() }

    /// Hands over the changes since the last call: one per name, unordered, or one rescan.
    public func take() -> [DirectoryChange] { state.pending.withLock { $0.take() } }

    /// Ends the watch and its thread.
    public func end() { state.end() }
}

/// What the watch and its thread share; the thread runs `run()`.
private final class WatchState: Sendable {
    let pending = Mutex(PendingChanges())
    private let path: String
    private let pollMilliseconds: Int32
    private let usesInotify: Bool
    private let stop: Descriptor
    private let stopper: Descriptor
    private let wake: AsyncStream<Void>.Continuation

    init(
        path: String,
        pollMilliseconds: Int32,
        usesInotify: Bool,
        stop: Descriptor,
        stopper: Descriptor,
        wake: AsyncStream<Void>.Continuation
    ) {
        self.path = path
        self.pollMilliseconds = pollMilliseconds
        self.usesInotify = usesInotify
        self.stop = stop
        self.stopper = stopper
        self.wake = wake
    }

    func end() {
        // A full pipe says it as well.
        _ = unsafe write(stopper.rawValue, "x", 1)
        wake.finish()
    }

    func run() {
        var missingWasTold = false
        while true {
            if usesInotify, let inotify = establish() {
                missingWasTold = false
                tell(.rescan)
                guard follow(inotify) else { return }
                tell(.rescan)
            } else if DirectoryListing.exists(path) {
                missingWasTold = false
                guard poll() else { return }
            } else {
                if !missingWasTold { tell(.rescan) }
                missingWasTold = true
                guard !stopped(within: 100) else { return }
            }
        }
    }

    /// Sets up a watch; `nil` when the directory is missing or the kernel has none to give.
    private func establish() -> Descriptor? {
        let raw = inotify_init1(
            Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)
        )
        guard raw >= 0 else { return nil }
        let inotify = Descriptor(owning: raw)
        guard inotify_add_watch(raw, path, InotifyEvents.mask) >= 0 else { return nil }
        return inotify
    }

    /// Passes events on until the directory is gone (true) or the watch was ended (false).
    private func follow(_ inotify: Descriptor) -> Bool {
        let watched = DirectoryListing.identity(path)
        while true {
            var descriptors = [
                pollfd(fd: inotify.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            let ready = Glibc.poll(&descriptors, 2, 2_000)
            if descriptors[1].revents != 0 { return false }
            // No event tells when a directory above was renamed or mounted over.
            if ready == 0, DirectoryListing.identity(path) != watched { return true }
            guard descriptors[0].revents != 0 else { continue }
            guard readEvents(inotify) else { return true }
        }
    }

    private func readEvents(_ inotify: Descriptor) -> Bool {
        unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            let count = unsafe read(inotify.rawValue, buffer.baseAddress, buffer.count)
            guard count > 0 else { return errno == EAGAIN || errno == EINTR }
            let events = unsafe InotifyEvents(
                RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            )
            for change in events.changes { pending.withLock { $0.note(change) } }
            wake.yield()
            return !events.directoryIsGone
        }
    }

    /// Compares listings until the directory is gone, or a watch is to be had again (true), or the
    /// watch was ended (false).
    private func poll() -> Bool {
        var last: DirectoryListing?
        var rounds = 0
        while let listing = DirectoryListing(path) {
            if listing != last { tell(.rescan) }
            last = listing
            guard !stopped(within: pollMilliseconds) else { return false }
            rounds += 1
            if usesInotify, rounds % 60 == 0 { return true }
        }
        tell(.rescan)
        return !stopped(within: 0)
    }

    private func tell(_ change: DirectoryChange) {
        pending.withLock { $0.note(change) }
        wake.yield()
    }

    private func stopped(within milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&descriptor, 1, milliseconds) > 0
    }
}
