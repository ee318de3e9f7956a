internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A child process that this process started and has to take back.
public struct ChildProcess: Sendable {
    /// How a process ended.
    public enum End: Sendable, Hashable, CustomStringConvertible {
        /// It exited.
        case exited(code: Int32)
        /// A signal ended it.
        case signaled(number: Int32)

        /// The end in words.
        public var description: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .signaled(let number): "ended by signal \(number) (\(Self.name(of: number)))"
            }
        }

        private static func name(of signal: Int32) -> String {
            guard let name = unsafe strsignal(signal) else { return "unknown" }
            return unsafe String(cString: name)
        }
    }

    /// Its process id, valid until `reap` has returned an end.
    public let id: Int32
    /// Becomes readable when it has ended.
    public let ended: Descriptor

    /// Takes the process back when it has ended; `nil` while it runs.
    public func reap() -> End? {
        var status: Int32 = 0
        let result = unsafe roost_reap(id, &status)
        guard result != 0 else { return nil }
        // A child that someone else has taken back is gone all the same.
        guard result > 0 else { return .exited(code: -1) }
        let signal = status & 0x7f
        return signal == 0 ? .exited(code: (status >> 8) & 0xff) : .signaled(number: signal)
    }

    /// Ends it at once.
    ///
    /// Call it only before `reap` has returned an end.
    public func kill() { _ = Glibc.kill(id, SIGKILL) }

    /// Ends it at once and takes it back, which takes as long as the kernel does.
    public func end() {
        kill()
        while unsafe waitpid(id, nil, 0) < 0, errno == EINTR {}
    }

    /// Sets the kernel's limit for its data (heap, stacks and private writable mappings).
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func limitData(bytes: Int) throws(SystemCallError) {
        guard roost_limit_data(id, UInt64(bytes)) == 0 else { throw SystemCallError("prlimit") }
    }
}
