internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// A directory in which nobody but root and this process's user can put, change or swap a file.
///
/// Every directory from the root down is checked on an opened descriptor: owned by root or this user
/// and writable by its owner only, or by a group that has nobody else in it. As in sshd's
/// StrictModes, but for one exception: a directory *above* may be writable by others when root owns
/// it and it is sticky (as /tmp is), for then nobody can rename or delete there what isn't his own.
public struct TrustedDirectory: Sendable {
    /// The directory's path without links.
    public let path: String
    private let descriptor: Descriptor

    /// Checks a directory and everything above it.
    ///
    /// - Throws: `TrustProblem` that names the directory at fault and the cure.
    public init(path: String) throws(TrustProblem) {
        guard let resolved = unsafe realpath(path, nil) else {
            throw errno == ENOENT
                ? .missing(path: path) : .system(SystemCallError("realpath(\(path))"))
        }
        defer { unsafe free(resolved) }
        self.path = unsafe String(cString: resolved)
        descriptor = try Self.walk(to: self.path)
    }

    private static func walk(to path: String) throws(TrustProblem) -> Descriptor {
        let steps = path.split(separator: "/").map(String.init)
        var walked = "/"
        var current = try step(from: AT_FDCWD, name: "/", path: walked)
        try check(current, walked, isAncestor: !steps.isEmpty)
        for (index, name) in steps.enumerated() {
            walked += walked == "/" ? name : "/\(name)"
            current = try step(from: current.rawValue, name: name, path: walked)
            try check(current, walked, isAncestor: index < steps.count - 1)
        }
        return current
    }

    private static func step(
        from directory: Int32,
        name: String,
        path: String
    ) throws(TrustProblem) -> Descriptor {
        let raw = roost_open_step(directory, name)
        guard raw >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : .system(SystemCallError("open(\(path))"))
        }
        return Descriptor(owning: raw)
    }

    private static func check(
        _ directory: Descriptor,
        _ path: String,
        isAncestor: Bool
    ) throws(TrustProblem) {
        var status = stat()
        guard fstat(directory.rawValue, &status) == 0 else {
            throw .system(SystemCallError("fstat(\(path))"))
        }
        let isSticky = status.st_mode & S_ISVTX != 0 && status.st_uid == 0
        if isAncestor && isSticky { return }
        try TrustProblem.check(status, path)
    }

    /// Opens a file of the directory for reading, without following a link.
    ///
    /// - Throws: `TrustProblem` when it is missing, is no regular file, or others may change it.
    public func open(_ name: String) throws(TrustProblem) -> TrustedFile {
        let filePath = "\(path)/\(name)"
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let raw = openat(descriptor.rawValue, name, flags)
        guard raw >= 0 else {
            switch errno {
            case ENOENT: throw .missing(path: filePath)
            case ELOOP: throw .symbolicLink(path: filePath)
            case ENXIO: throw .notRegular(path: filePath)
            default: throw .system(SystemCallError("open(\(filePath))"))
            }
        }
        let file = Descriptor(owning: raw)
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw .system(SystemCallError("fstat(\(filePath))")) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: filePath) }
        try TrustProblem.check(status, filePath)
        return TrustedFile(path: filePath, descriptor: file, identity: FileIdentity(status))
    }

    /// The names that don't start with a dot.
    ///
    /// - Throws: `TrustProblem` when the directory can't be read.
    public func names() throws(TrustProblem) -> [String] {
        guard let names = DirectoryListing.names(path) else {
            throw .system(SystemCallError("opendir(\(path))"))
        }
        return names
    }
}

/// An open file that only root and this process's user can change.
public struct TrustedFile: Sendable {
    /// Its path, for people.
    public let path: String
    /// The open file.
    public let descriptor: Descriptor
    /// What it was when it was opened.
    public let identity: FileIdentity

    /// Whether anybody has the file open for writing; false also where the kernel won't say.
    public var isBeingWritten: Bool { roost_is_being_written(descriptor.rawValue) == 1 }
}
