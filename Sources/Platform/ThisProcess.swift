#if canImport(Glibc)
internal import Glibc
#endif

/// What a process can say of itself.
public enum ThisProcess {
    /// The directory that its executable lies in.
    ///
    /// - Throws: `SystemCallError` when `/proc` doesn't say.
    public static func executableDirectory() throws(SystemCallError) -> String {
        let capacity = 4_096
        let path = unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe base.withMemoryRebound(to: CChar.self, capacity: capacity) {
                unsafe max(readlink("/proc/self/exe", $0, capacity), 0)
            }
        }
        guard let slash = path.lastIndex(of: "/") else {
            throw SystemCallError("readlink(/proc/self/exe)")
        }
        return String(path[..<slash])
    }

    /// Its number.
    public static var id: Int32 { getpid() }

    /// Whether it runs with all rights.
    public static var isPrivileged: Bool { geteuid() == 0 }

    /// The value of a variable of its environment.
    public static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
