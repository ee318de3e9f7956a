internal import FunctionModel

#if canImport(Glibc)
internal import Glibc
#endif

/// Files that only their owner reads: SQLite would let everybody, as far as the mask of the process
/// does, and gives its log the mode that the database has.
enum PrivateFile {
    /// Makes an empty file.
    ///
    /// - Throws: `unavailable` where something has that name, or it can't be made.
    static func make(_ path: String) throws(StoreError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .unavailable("\(path) can't be written (error \(errno))")
        }
        close(file)
    }

    /// Makes a database's file where there is none, and shuts others out of one that is there.
    ///
    /// The same of what lies beside it. Where that can't be done the file's own user decides.
    static func protect(_ path: String) {
        do throws(StoreError) { try make(path) } catch {
            for name in [path, "\(path)-wal", "\(path)-shm"] {
                var status = stat()
                guard lstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                    status.st_mode & 0o077 != 0
                else { continue }
                _ = chmod(name, 0o600)
            }
        }
    }
}
