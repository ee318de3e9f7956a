#if canImport(Glibc)
internal import Glibc
#endif

extension Descriptor {
    /// Returns a further number of the same open file, for an owner who closes it by himself.
    ///
    /// - Throws: `SystemCallError` when the process has no descriptor left.
    public func handOver() throws(SystemCallError) -> Int32 {
        let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemCallError("fcntl(F_DUPFD_CLOEXEC)") }
        return copy
    }
}
