#if canImport(Glibc)
internal import Glibc
#endif

/// The limits that the kernel sets for this process.
public enum ResourceLimits {
    /// Raises the soft limit of open descriptors to the hard one and returns it.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public static func raiseDescriptorLimit() throws(SystemCallError) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemCallError("getrlimit(RLIMIT_NOFILE)")
        }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemCallError("setrlimit(RLIMIT_NOFILE)")
        }
        return Int(limit.rlim_cur)
    }
}
