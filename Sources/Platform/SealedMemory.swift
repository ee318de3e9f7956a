internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A file's content in memory of its own that nobody can change any more.
public enum SealedMemory {
    /// Copies a regular file into new sealed memory: a new inode each time, so that a loader takes
    /// every copy for another image.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: How many bytes from the file's start; `nil` for all.
    ///   - name: What the other process sees in its list of mappings.
    /// - Returns: The memory.
    /// - Throws: `SystemCallError` when the file can't be read (a symbolic link is not followed), or
    ///   memory or descriptors are short.
    public static func copy(
        ofFileAt path: String,
        limit: Int? = nil,
        name: String
    ) throws(SystemCallError) -> Descriptor {
        let raw = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard raw >= 0 else { throw SystemCallError("open(\(path))") }
        let file = Descriptor(owning: raw)
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { throw SystemCallError("fstat(\(path))") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemCallError("open(\(path))", code: EINVAL)
        }
        return try copy(of: file, count: min(Int(status.st_size), limit ?? .max), name: name)
    }

    private static func copy(
        of file: Descriptor,
        count: Int,
        name: String
    ) throws(SystemCallError) -> Descriptor {
        let raw = roost_memory_create(name, 1)
        guard raw >= 0 else { throw SystemCallError("memfd_create") }
        let memory = Descriptor(owning: raw)
        let copied = roost_memory_fill(raw, file.rawValue, count)
        guard copied >= 0 else { throw SystemCallError("sendfile") }
        guard copied == count else { throw SystemCallError("sendfile", code: EIO) }
        guard roost_memory_seal(raw, 1) == 0 else { throw SystemCallError("fcntl(F_ADD_SEALS)") }
        return memory
    }
}
