internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A directory, and what lies below it by names that nobody trusts: no link is followed, and nothing
/// leads out.
public final class FileTree: Sendable {
    /// How many bytes the name of a file may have (`NAME_MAX`).
    public static let longestName = 255

    /// The directory, open.
    public let root: Descriptor
    /// The directory's own device and inode.
    public let status: FileStatus

    /// Opens a directory; of links on the way to it those are followed that root or this process's
    /// user has made.
    ///
    /// Whoever chose the path is trusted, and not whoever may put a link in its place.
    ///
    /// - Throws: `SystemCallError` when it isn't there, is no directory, or lies behind somebody
    ///   else's link (`ELOOP`).
    public init(path: [UInt8]) throws(SystemCallError) {
        let raw = Self.withText(path) { roost_open_directory($0) }
        guard raw >= 0 else {
            let name = String(decoding: path, as: UTF8.self)
            let error = SystemCallError("open(\(name))")
            guard error.code == ELOOP else { throw error }
            throw SystemCallError("open(\(name), no links of other users)", code: ELOOP)
        }
        root = Descriptor(owning: raw)
        status = try Self.status(of: root)
    }

    /// Whether it is the directory that was looked at before.
    public func isSame(as other: FileStatus) -> Bool {
        status.device == other.device && status.inode == other.inode
    }

    /// Looks at an open file.
    ///
    /// - Throws: `SystemCallError` when the kernel won't tell.
    public static func status(of file: Descriptor) throws(SystemCallError) -> FileStatus {
        var status = roost_file_status()
        guard roost_status(file.rawValue, &status) == 0 else { throw SystemCallError("fstat") }
        return FileStatus(status)
    }

    /// Looks at a file below; `nil` when nothing is there that can be reached without a link.
    public func status(of path: [UInt8]) -> FileStatus? {
        if !path.contains(UInt8(ascii: "/")) { return Self.status(of: path, in: root) }
        do { return try Self.status(of: open(path, ROOST_BELOW_LOOK)) } catch { return nil }
    }

    /// Looks at a name in an open directory; `nil` when nothing is there.
    public static func status(of name: [UInt8], in directory: Descriptor) -> FileStatus? {
        var status = roost_file_status()
        let code = withText(name) { roost_status_at(directory.rawValue, $0, &status) }
        return code == 0 ? FileStatus(status) : nil
    }

    /// Opens a file below for reading; a pipe or a device isn't waited for.
    ///
    /// - Throws: `SystemCallError` when it can't be opened, or a link leads there.
    public func open(_ path: [UInt8]) throws(SystemCallError) -> Descriptor {
        try open(path, ROOST_BELOW_READ)
    }

    /// Opens a directory below, or with an empty path the root itself.
    ///
    /// - Throws: `SystemCallError` when it can't be opened, or a link leads there.
    public func directory(_ path: [UInt8]) throws(SystemCallError) -> Descriptor {
        path.isEmpty ? root : try open(path, ROOST_BELOW_LIST)
    }

    private func open(_ path: [UInt8], _ purpose: Int) throws(SystemCallError) -> Descriptor {
        let raw = Self.withText(path) { roost_open_below(root.rawValue, $0, Int32(purpose)) }
        guard raw >= 0 else {
            throw SystemCallError("open(\(String(decoding: path, as: UTF8.self)))")
        }
        return Descriptor(owning: raw)
    }

    /// Whether somebody has an open file open for writing; `nil` where the kernel won't say.
    public static func isBeingWritten(_ file: Descriptor) -> Bool? {
        let answer = roost_is_being_written(file.rawValue)
        return answer < 0 ? nil : answer == 1
    }

    /// Whether the file system of an open directory tells of all changes as they happen.
    public static func tellsChanges(_ directory: Descriptor) -> Bool {
        roost_tells_changes(directory.rawValue) == 1
    }

    /// Makes a directory in an open one; that there is one is no error.
    ///
    /// - Throws: `SystemCallError` when it can't be made.
    public static func makeDirectory(
        _ name: [UInt8],
        in directory: Descriptor
    ) throws(SystemCallError) {
        let code = withText(name) { mkdirat(directory.rawValue, $0, 0o755) }
        guard code == 0 || errno == EEXIST else { throw SystemCallError("mkdirat") }
    }

    /// Gives a file another name, or another directory; nothing is ever replaced.
    ///
    /// - Throws: `SystemCallError` with `EEXIST` where the new name is taken.
    public static func move(
        _ name: [UInt8],
        in directory: Descriptor,
        to newName: [UInt8],
        in newDirectory: Descriptor
    ) throws(SystemCallError) {
        let code = withText(name) { name in
            withText(newName) {
                roost_rename_exclusive(directory.rawValue, name, newDirectory.rawValue, $0)
            }
        }
        guard code == 0 else { throw SystemCallError("renameat2") }
    }

    /// Deletes a file in an open directory.
    ///
    /// - Throws: `SystemCallError` when it can't be deleted.
    public static func delete(_ name: [UInt8], in directory: Descriptor) throws(SystemCallError) {
        guard withText(name, { unlinkat(directory.rawValue, $0, 0) }) == 0 else {
            throw SystemCallError("unlinkat")
        }
    }

    /// Writes a small new file into an open directory, whole or not at all.
    ///
    /// Its bytes lie under another name until all are there; only what lies under that one is ever
    /// replaced.
    ///
    /// - Throws: `SystemCallError` when its name is taken (`EEXIST`), or the disk is full.
    public static func write(
        _ bytes: [UInt8],
        as name: [UInt8],
        by hidden: [UInt8],
        in directory: Descriptor
    ) throws(SystemCallError) {
        // What a process that died has left there goes first.
        withText(hidden) { _ = unlinkat(directory.rawValue, $0, 0) }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let raw = withText(hidden) { openat(directory.rawValue, $0, flags, 0o644) }
        guard raw >= 0 else { throw SystemCallError("openat") }
        do {
            try FileIO.write(bytes.span.bytes, to: Descriptor(owning: raw))
            try move(hidden, in: directory, to: name, in: directory)
        } catch {
            withText(hidden) { _ = unlinkat(directory.rawValue, $0, 0) }
            throw error
        }
    }

    private static func withText<Value>(
        _ path: [UInt8],
        _ body: (UnsafePointer<CChar>) -> Value
    ) -> Value {
        let terminated = path + [0]
        return unsafe terminated.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                // Never empty: there is a terminator.
                unsafe body(text.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}

extension SystemCallError {
    /// Whether the new name of a file is taken.
    public var isTaken: Bool { code == EEXIST }
    /// Whether something on the way is no directory, or a link.
    public var isNoDirectory: Bool { code == ENOTDIR || code == ELOOP }
    /// Whether the kernel has no more watches, or descriptors, to give.
    public var isExhausted: Bool { [ENOSPC, EMFILE, ENFILE, ENOMEM].contains(code) }
}
