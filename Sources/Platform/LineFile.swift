#if canImport(Glibc)
internal import Glibc
#endif

/// Files that grow line by line.
public enum LineFile {
    /// Appends bytes to a file of a directory and waits until the disk has them; makes the file when
    /// it isn't there, readable by its owner and group.
    ///
    /// Neither links nor anything but a regular file are written to.
    ///
    /// - Parameters:
    ///   - bytes: What to append, whole or not at all as far as the system keeps to that.
    ///   - name: The file's name, which has to be no path.
    ///   - directory: The directory.
    /// - Throws: `SystemCallError` when it can't be written; what was written of it is taken back.
    public static func append(
        _ bytes: some Collection<UInt8>,
        to name: String,
        in directory: String
    ) throws(SystemCallError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let raw = Glibc.open(directory, flags)
        guard raw >= 0 else { throw SystemCallError("open(\(directory))") }
        let parent = Descriptor(owning: raw)
        let mode: mode_t = 0o640
        let opened = openat(
            parent.rawValue,
            name,
            O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
            mode
        )
        guard opened >= 0 else { throw SystemCallError("open(\(directory)/\(name))") }
        let file = Descriptor(owning: opened)
        var status = stat()
        guard fstat(opened, &status) == 0 else { throw SystemCallError("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemCallError("open(\(directory)/\(name))", code: EINVAL)
        }
        do throws(SystemCallError) {
            try FileIO.write(Array(bytes).span.bytes, to: file)
            try FileIO.synchronise(file)
        } catch {
            // Half a line would spoil the next one; nobody else writes here.
            _ = ftruncate(opened, status.st_size)
            throw error
        }
    }
}
