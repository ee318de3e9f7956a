/// What a plugin may reach beyond its own memory: what it asks for, or what the operator allows.
///
/// Nothing by default. A plugin that asks for anything runs in a cell of its own.
public struct Permissions: Hashable, Sendable, Codable {
    /// Files and directories that it may read, with all below them.
    public var read: [String]
    /// Files and directories that it may read, write, make and remove, with all below them.
    public var write: [String]
    /// Whether it may open connections and listen for datagrams.
    public var network: Bool
    /// Whether it may start programs.
    public var subprocesses: Bool

    /// Allows what is named.
    public init(
        read: [String] = [],
        write: [String] = [],
        network: Bool = false,
        subprocesses: Bool = false
    ) {
        self.read = read
        self.write = write
        self.network = network
        self.subprocesses = subprocesses
    }

    private enum CodingKeys: CodingKey {
        case read, write, network, subprocesses
    }

    /// Reads them; what isn't named isn't allowed.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        read = try values.decodeIfPresent([String].self, forKey: .read) ?? []
        write = try values.decodeIfPresent([String].self, forKey: .write) ?? []
        network = try values.decodeIfPresent(Bool.self, forKey: .network) ?? false
        subprocesses = try values.decodeIfPresent(Bool.self, forKey: .subprocesses) ?? false
    }

    /// The most paths.
    public static let maximumPaths = 64

    /// Whether nothing is allowed.
    public var isEmpty: Bool { self == Permissions() }

    /// The first thing that is wrong about them, in words; `nil` when nothing is.
    public var problem: String? {
        guard read.count + write.count <= Self.maximumPaths else {
            return
                "permissions name \(read.count + write.count) paths; \(Self.maximumPaths) are allowed"
        }
        for path in read + write {
            let steps = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            let isPlain = path.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
            guard path.hasPrefix("/"), path.utf8.count <= 4_096, isPlain,
                !steps.contains(".."), !steps.contains(".")
            else {
                return
                    "'\(path.prefix(256))' is not a path that may be allowed: it has to start with "
                    + "'/' and to hold no '.' or '..' step and no control character"
            }
        }
        return nil
    }

    /// Whether all that `wish` names is allowed by these.
    public func covers(_ wish: Permissions) -> Bool {
        wish.read.allSatisfy { Self.isBelow($0, read + write) }
            && wish.write.allSatisfy { Self.isBelow($0, write) }
            && (network || !wish.network) && (subprocesses || !wish.subprocesses)
    }

    private static func isBelow(_ path: String, _ allowed: [String]) -> Bool {
        let steps = path.split(separator: "/")
        return allowed.contains { steps.starts(with: $0.split(separator: "/")) }
    }

    /// In words: "read /srv/data, use the network".
    public var words: String {
        var parts: [String] = []
        if !read.isEmpty { parts.append("read " + read.joined(separator: " and ")) }
        if !write.isEmpty { parts.append("write " + write.joined(separator: " and ")) }
        if network { parts.append("use the network") }
        if subprocesses { parts.append("start programs") }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    /// As it is written in `roost.yaml`: `{ read: [/srv/data], network: true }`.
    public var yaml: String {
        func list(_ paths: [String]) -> String {
            "[" + paths.map(Self.quoted).joined(separator: ", ") + "]"
        }
        var parts: [String] = []
        if !read.isEmpty { parts.append("read: " + list(read)) }
        if !write.isEmpty { parts.append("write: " + list(write)) }
        if network { parts.append("network: true") }
        if subprocesses { parts.append("subprocesses: true") }
        return "{ " + parts.joined(separator: ", ") + " }"
    }

    private static func quoted(_ path: String) -> String {
        let isPlain = path.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-": true
            default: false
            }
        }
        guard !isPlain else { return path }
        return "'"
            + path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''") + "'"
    }
}

extension PluginRefusal {
    /// Whether the operator can answer it by a word on permissions.
    public var isAboutPermissions: Bool {
        ["permissionsNotGranted", Self.pathNotAllowedKind].contains(kind)
    }

    /// The kind of a refusal of one path.
    public static let pathNotAllowedKind = "pathNotAllowed"

    /// Refuses a plugin whose wishes the operator hasn't agreed to.
    public static func permissionsNotGranted(
        plugin: String,
        asks: Permissions,
        granted: Permissions
    ) -> PluginRefusal {
        let before = granted.isEmpty ? "" : "; allowed so far: \(granted.words)"
        return PluginRefusal(
            kind: "permissionsNotGranted",
            message: "plugin '\(plugin)' asks to \(asks.words)\(before): to allow it, write "
                + "`permissions: \(asks.yaml)` under `plugins: \(plugin):` in roost.yaml"
        )
    }
}
