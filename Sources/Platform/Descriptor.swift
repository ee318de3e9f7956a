#if canImport(Glibc)
internal import Glibc
#endif

/// An open file descriptor with one owner; closed with it.
public final class Descriptor: Sendable {
    /// The number, valid as long as this object lives.
    public let rawValue: Int32

    /// Takes over an open descriptor.
    public init(owning rawValue: Int32) { self.rawValue = rawValue }

    deinit { close(rawValue) }

    /// Returns a second descriptor of the same open file.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public func duplicate() throws(SystemCallError) -> Descriptor {
        let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemCallError("fcntl(F_DUPFD_CLOEXEC)") }
        return Descriptor(owning: copy)
    }
}
