#if canImport(Glibc)
internal import Glibc
#endif

/// A lock that one process holds on a file; the kernel lets go of it when the process ends.
public final class FileLock: Sendable {
    private let descriptor: Descriptor

    /// Takes the lock, creating the file (0600) where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - patience: How long to wait for whoever holds it, in milliseconds: a child that a killed
    ///     process was just starting has the lock too, until it comes to its exec.
    /// - Throws: `SystemCallError` with `EWOULDBLOCK` when another process holds it.
    public init(path: String, patience: Int = 0) throws(SystemCallError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemCallError("open(\(path))") }
        descriptor = Descriptor(owning: file)
        var left = patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let error = SystemCallError("flock(\(path))")
            guard left > 0, error.isLocked else { throw error }
            usleep(10_000)
            left -= 10
        }
    }
}

extension SystemCallError {
    /// Whether a `FileLock` is held by somebody else.
    public var isLocked: Bool { code == EWOULDBLOCK }
}
