internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// What others may read of this machine's files.
enum FileAccess {
    /// The first part of a directory's path that a user without rights can't pass; `nil` when all
    /// of it is open.
    static func firstClosed(on directory: String) -> String? {
        var path = ""
        for step in directory.split(separator: "/") {
            path += "/\(step)"
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IXOTH != 0 else { return path }
        }
        return nil
    }

    /// Whether the mode of a file lets a user in, who is in a group of the same number only.
    static func isOpen(_ path: String, user: UInt32, writing: Bool) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        let wanted: UInt32 = (writing ? 6 : 4) | (isDirectory ? 1 : 0)
        var granted = status.st_mode & 7
        if status.st_gid == user { granted = status.st_mode >> 3 & 7 }
        if status.st_uid == user { granted = status.st_mode >> 6 & 7 }
        return granted & wanted == wanted
    }

    /// The lines of a small file of the kernel's; none when it can't be read.
    static func lines(_ path: String) -> [Substring] {
        do {
            let bytes = try FileIO.read(path, limit: 64 << 10)
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        } catch {
            return []
        }
    }

    /// The first of them.
    static func firstLine(_ path: String) -> String? { lines(path).first.map(String.init) }
}
