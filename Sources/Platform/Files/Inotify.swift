internal import CPlatform
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Many watched directories with one queue of the kernel's.
public final class Inotify: Sendable {
    /// What happened to a name in a directory.
    public struct Notice: Sendable, Hashable {
        /// The directory's watch; -1 for all of them.
        public var watch: Int32
        /// What happened.
        public var what: What
        /// Whether the name is a directory's.
        public var isDirectory: Bool
        /// The name; empty for the directory itself.
        public var name: [UInt8]

        /// Describes what happened.
        public init(watch: Int32, what: What, isDirectory: Bool, name: [UInt8]) {
            self.watch = watch
            self.what = what
            self.isDirectory = isDirectory
            self.name = name
        }
    }

    /// What can happen.
    public enum What: Sendable, Hashable {
        /// A name is there; who made it may still write.
        case appeared
        /// A file was closed by a writer, or a whole one was moved in.
        case completed
        /// A name is gone.
        case vanished
        /// The directory was renamed, deleted or unmounted.
        case left
        /// The kernel watches the directory no longer.
        case ended
        /// The kernel's queue was full: nobody knows what happened.
        case overflowed
    }

    private let queue: Descriptor
    private let poll: EventPoll
    private static let mask = UInt32(
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK
    )

    /// Asks the kernel for a queue.
    ///
    /// - Throws: `SystemCallError` when it has no more to give.
    public init() throws(SystemCallError) {
        let raw = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard raw >= 0 else { throw SystemCallError("inotify_init1") }
        queue = Descriptor(owning: raw)
        poll = try EventPoll()
        try poll.add(queue, token: 1)
    }

    /// Watches an open directory; one that is watched already keeps its number.
    ///
    /// - Throws: `SystemCallError`, `isExhausted` where the kernel has no more watches to give.
    public func add(_ directory: Descriptor) throws(SystemCallError) -> Int32 {
        // By its descriptor, so that no link can be put in between.
        let watch = inotify_add_watch(
            queue.rawValue,
            "/proc/self/fd/\(directory.rawValue)",
            Self.mask
        )
        guard watch >= 0 else { throw SystemCallError("inotify_add_watch") }
        return watch
    }

    /// Watches a directory no longer.
    public func remove(_ watch: Int32) { _ = inotify_rm_watch(queue.rawValue, watch) }

    /// Waits until there is something to read, or `wake` has been called.
    public func wait(milliseconds: Int? = nil) { _ = poll.wait(milliseconds: milliseconds) }

    /// Ends a wait.
    public func wake() { poll.wake() }

    /// Reads what has happened, up to about a thousand notices.
    public func read() -> [Notice] {
        unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            let count = unsafe Glibc.read(queue.rawValue, buffer.baseAddress, buffer.count)
            guard count > 0 else { return [] }
            return unsafe Self.notices(
                RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            )
        }
    }

    /// Takes the kernel's records apart; what doesn't hold together counts as an overflow.
    static func notices(_ bytes: RawSpan) -> [Notice] {
        var notices: [Notice] = []
        var offset = 0
        while bytes.byteCount - offset >= 16 {
            let watch = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: offset + 4,
                as: UInt32.self
            )
            let length = Int(
                unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)
            )
            guard length <= bytes.byteCount - offset - 16 else { break }
            let name = unsafe bytes.extracting((offset + 16)..<(offset + 16 + length))
                .withUnsafeBytes { unsafe Array($0.prefix { $0 != 0 }) }
            offset += 16 + length
            guard let what = What(mask) else { continue }
            let isDirectory = mask & UInt32(IN_ISDIR) != 0
            notices.append(
                Notice(watch: watch, what: what, isDirectory: isDirectory, name: name)
            )
        }
        if offset != bytes.byteCount {
            notices.append(Notice(watch: -1, what: .overflowed, isDirectory: false, name: []))
        }
        return notices
    }

    /// What `add` throws where the kernel has no more watches to give.
    public static var hasNoWatches: SystemCallError {
        SystemCallError("inotify_add_watch", code: ENOSPC)
    }

    /// What bounds how many directories a user may watch, as the operator sets it.
    public static var watchLimits: String {
        limits(["fs.inotify.max_user_watches", "user.max_inotify_watches"])
    }

    /// What bounds how many queues a user may have.
    public static var queueLimits: String {
        limits(["fs.inotify.max_user_instances", "user.max_inotify_instances"])
    }

    private static func limits(_ names: [String]) -> String {
        names.compactMap { name in
            let path = "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })
            do {
                let text = String(decoding: try FileIO.read(path, limit: 64), as: UTF8.self)
                return "\(name)=\(text.prefix { $0.isNumber })"
            } catch { return nil }
        }.joined(separator: ", ")
    }
}

extension Inotify.What {
    fileprivate init?(_ mask: UInt32) {
        func has(_ flags: Int...) -> Bool { flags.contains { mask & UInt32($0) != 0 } }
        if has(Int(IN_Q_OVERFLOW)) {
            self = .overflowed
        } else if has(Int(IN_IGNORED)) {
            self = .ended
        } else if has(Int(IN_DELETE_SELF), Int(IN_MOVE_SELF), Int(IN_UNMOUNT)) {
            self = .left
        } else if has(Int(IN_CLOSE_WRITE), Int(IN_MOVED_TO)) {
            self = .completed
        } else if has(Int(IN_CREATE)) {
            self = .appeared
        } else if has(Int(IN_DELETE), Int(IN_MOVED_FROM)) {
            self = .vanished
        } else {
            return nil
        }
    }
}
