/// Tells groups of one from groups of many.
///
/// Debian, Ubuntu and Fedora give every user a group of their own and a umask of 002, so that their
/// directories are writable by a group that has nobody else in it. As in Debian's sshd, these are
/// as good as the user's own.
struct PrivateGroup: Sendable {
    private let users: [[Substring]]
    private let groups: [[Substring]]

    /// Reads the system's files; groups kept elsewhere count as groups of many.
    init() { self.init(users: Self.read("/etc/passwd"), groups: Self.read("/etc/group")) }

    init(users: String, groups: String) {
        self.users = Self.records(users, fields: 4)
        self.groups = Self.records(groups, fields: 4)
    }

    /// Whether nobody but this user is in the group, which is named after the user.
    func isOwn(_ group: UInt32, of user: UInt32) -> Bool {
        guard user != 0,
            let account = users.first(where: { $0[2] == "\(user)" }),
            let record = groups.first(where: { $0[2] == "\(group)" }),
            account[3] == "\(group)", account[0] == record[0]
        else { return false }
        let isPrimaryOfOthers = users.contains { $0[3] == "\(group)" && $0[2] != "\(user)" }
        let members = record[3].split(separator: ",")
        return !isPrimaryOfOthers && members.allSatisfy { $0 == account[0] }
    }

    private static func records(_ text: String, fields: Int) -> [[Substring]] {
        text.split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }.filter { $0.count >= fields }
    }

    private static func read(_ path: String) -> String {
        do {
            return String(decoding: try FileIO.read(path, limit: 16 << 20), as: UTF8.self)
        } catch {
            // Unknown groups are groups of many.
            return ""
        }
    }
}
