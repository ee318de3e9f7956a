#if canImport(Glibc)
internal import Glibc
#endif

/// Why a file or directory is not trusted, in a sentence that says what to do.
public enum TrustProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nothing is there.
    case missing(path: String)
    /// A link stands where a file should.
    case symbolicLink(path: String)
    /// A directory, pipe, socket or device stands where a file should.
    case notRegular(path: String)
    /// Group or others may write it.
    case writable(path: String, mode: UInt32)
    /// Somebody other than root and this process's user owns it.
    case owner(path: String, user: UInt32)
    /// The kernel refused to look.
    case system(SystemCallError)

    /// The sentence.
    public var description: String {
        switch self {
        case .missing(let path): return "\(path) does not exist."
        case .symbolicLink(let path):
            return "\(path) is a symbolic link; put the file itself there: "
                + "cp --remove-destination \"$(readlink -f '\(path)')\" '\(path)'"
        case .notRegular(let path): return "\(path) is not a regular file; remove it."
        case .writable(let path, let mode):
            let digits = String(mode & 0o7777, radix: 8)
            return "\(path) may be written by \(Self.writers(mode)) (mode 0\(digits)), who could "
                + "put code of theirs there; run: chmod go-w '\(path)'"
        case .owner(let path, let user):
            let own = geteuid()
            let allowed = own == 0 ? "root" : "root or the host's user (id \(own))"
            return "\(path) belongs to user id \(user), who could put code of theirs there; it "
                + "must belong to \(allowed); run: sudo chown \(own) '\(path)'"
        case .system(let error): return "\(error)."
        }
    }

    static func check(_ status: stat, _ path: String) throws(TrustProblem) {
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .owner(path: path, user: status.st_uid)
        }
        let othersMay = status.st_mode & S_IWOTH != 0
        let groupMay = status.st_mode & S_IWGRP != 0
        if othersMay || groupMay && !PrivateGroup().isOwn(status.st_gid, of: status.st_uid) {
            throw .writable(path: path, mode: status.st_mode)
        }
    }

    private static func writers(_ mode: UInt32) -> String {
        switch (mode & S_IWGRP != 0, mode & S_IWOTH != 0) {
        case (true, true): "its group and others"
        case (true, false): "its group"
        default: "others"
        }
    }
}
