internal import CFunctionABI
internal import Platform

/// What this host is, for comparing with a plugin's stamp.
public struct HostRelease: Sendable, Hashable {
    /// The versions of the plugin contract that it accepts, its own first.
    public var contractVersions: [UInt32]
    /// The version of Swift whose runtime its cells have, for example `6.3`.
    public var swiftVersion: String
    /// The directory of the Swift runtime's libraries; `nil` when they are linked in.
    public var swiftRuntime: String?

    /// Describes a host.
    public init(contractVersions: [UInt32], swiftVersion: String, swiftRuntime: String?) {
        self.contractVersions = contractVersions
        self.swiftVersion = swiftVersion
        self.swiftRuntime = swiftRuntime
    }

    /// The host that this program is.
    public static var current: HostRelease {
        let own = UInt32(ROOST_ABI_VERSION)
        return HostRelease(
            contractVersions: own > 1 ? [own, own - 1] : [own],
            swiftVersion: builtWith,
            swiftRuntime: loadedRuntime()
        )
    }

    private static var builtWith: String {
        #if compiler(>=6.6)
        "6.6"
        #elseif compiler(>=6.5)
        "6.5"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }

    /// Finds the directory that this process's own runtime was loaded from.
    private static func loadedRuntime() -> String? {
        do {
            let maps = try FileIO.read("/proc/self/maps", limit: 16 << 20)
            for line in String(decoding: maps, as: UTF8.self).split(separator: "\n")
            where line.hasSuffix("/libswiftCore.so") {
                guard let path = line.firstIndex(of: "/"), let name = line.lastIndex(of: "/") else {
                    continue
                }
                return String(line[path..<name])
            }
        } catch {
            // Without /proc the runtime is looked for as any other library.
        }
        return nil
    }
}
