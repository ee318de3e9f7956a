internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// The host's home: 0700, and one host at a time.
struct HomeDirectory {
    /// The absolute path.
    let path: String
    private let lock: FileLock

    /// Makes the directory where it is missing and takes its lock.
    ///
    /// - Throws: `HomeProblem` in words.
    init(path given: String) throws {
        try Self.make(given)
        guard let resolved = realpath(given, nil) else {
            throw HomeProblem("the home \(given) can't be resolved: \(SystemCallError("realpath"))")
        }
        defer { free(resolved) }
        path = String(cString: resolved)
        do throws(SystemCallError) {
            lock = try FileLock(path: "\(path)/host.lock", patience: 1_000)
        } catch {
            throw HomeProblem(
                error.isLocked
                    ? "a host is already running with the home \(path): stop it, or choose another "
                        + "home with --home"
                    : "the home \(path) can't be locked: \(error)"
            )
        }
    }

    /// Makes a directory with mode 0700 unless it is there.
    static func make(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw HomeProblem("the directory \(path) can't be made: \(SystemCallError("mkdir"))")
    }
}

/// Why a home can't be used, in a sentence that says what to do.
struct HomeProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
