internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// Shuts the calling process in, for good.
///
/// To be called while it has one thread.
public struct Sandbox: Sendable {
    /// The user to become, where the process runs as root.
    public var user: UInt32?
    /// Whether it may open connections.
    public var allowsNetwork: Bool
    /// Directories that it may read and map code from.
    public var readable: [String]
    /// The first descriptor to be closed.
    public var closesFrom: UInt32

    /// Describes a sandbox.
    public init(user: UInt32?, allowsNetwork: Bool, readable: [String], closesFrom: UInt32) {
        self.user = user
        self.allowsNetwork = allowsNetwork
        self.readable = readable
        self.closesFrom = closesFrom
    }

    /// What every process needs: its libraries, time zones, names of hosts, certificates.
    private static let systemPaths = [
        "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone",
        "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/hosts", "/etc/host.conf",
        "/etc/resolv.conf", "/run/systemd/resolve", "/etc/nsswitch.conf", "/etc/gai.conf",
        "/etc/services", "/etc/protocols", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
        "/proc/loadavg", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu",
        "/sys/kernel/mm/transparent_hugepage",
    ]

    /// Of the process's own directory in `/proc`: what measuring and backtraces need.
    ///
    /// `task` is there because the dispatch library looks at its threads; the environment is to be
    /// read through it, so a cell is to be given none that matters.
    private static let ownPaths = [
        "maps", "stat", "statm", "status", "auxv", "cgroup", "limits", "task",
    ]

    private static let devices = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"]

    /// Enters the sandbox, part by part; what can't be had is reported and left out.
    public func enter() -> SandboxReport {
        var report = SandboxReport()
        let parent = getppid()
        _ = roost_sandbox_close_from(closesFrom)
        report.note(.coreLimit, roost_sandbox_no_core())
        if let user, geteuid() == 0 {
            report.note(.user, roost_sandbox_become(user))
        } else {
            report.note(.user, ENOTSUP)
        }
        report.note(.capabilities, roost_sandbox_drop_capabilities())
        // A change of user takes the parent-death signal and this mark back, so they come after it.
        report.note(.parentDeath, roost_sandbox_die_with_parent(parent))
        report.note(.notDumpable, roost_sandbox_not_dumpable())
        report.note(.noNewPrivileges, roost_sandbox_no_new_privileges())
        enterLandlock(&report)
        report.note(.systemCalls, roost_seccomp_enter(allowsNetwork ? 0 : 1))
        return report
    }

    private func enterLandlock(_ report: inout SandboxReport) {
        let version = roost_landlock_version()
        var error = version >= 1 ? 0 : ENOSYS
        if error == 0 {
            let rules = roost_landlock_begin(version, allowsNetwork ? 0 : 1)
            error = rules < 0 ? -rules : 0
            if error == 0 {
                allow(in: rules, version: version)
                error = roost_landlock_enter(rules)
            }
        }
        report.note(.files, error)
        report.note(.network, version >= 4 ? error : ENOSYS)
        report.note(.signals, version >= 6 ? error : ENOSYS)
    }

    private func allow(in rules: Int32, version: Int32) {
        let own = Self.ownPaths.map { "/proc/self/\($0)" }
        for path in Self.systemPaths + own + readable {
            _ = roost_landlock_allow(rules, version, path, Int32(ROOST_LANDLOCK_READ))
        }
        for path in Self.devices {
            _ = roost_landlock_allow(rules, version, path, Int32(ROOST_LANDLOCK_DEVICE))
        }
    }
}
