import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Programs of another user, as a test that runs as root can start them.
enum OtherUser {
    /// The one that owns nothing.
    static let nobody: UInt32 = 65_534

    /// What goes before a command so that it runs as somebody else.
    static func prefix(_ user: UInt32) -> [String] {
        ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"]
    }

    /// Gives a directory, with all that is in it, to somebody else.
    static func own(_ directory: URL, by user: UInt32) async throws {
        let result = try await run("/usr/bin/chown", ["-R", "\(user):\(user)", directory.path])
        guard result.status == 0 else { throw NotInTime(what: result.errors) }
    }
}
