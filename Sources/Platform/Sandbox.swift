internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// Shuts the calling process in, for good.
///
/// To be called while it has one thread.
public struct Sandbox: Sendable {
    /// What a process of its own may reach beyond what every process needs.
    public struct Grants: Sendable, Hashable {
        /// Files and directories to read; paths without links.
        public var read: [String] = []
        /// Files and directories to change; paths without links.
        public var write: [String] = []
        /// Whether it may open connections.
        public var network = false
        /// TCP ports that it may not connect to, although it may use the network.
        public var deniedPorts: [UInt16] = []
        /// Whether it may start processes and programs.
        public var processes = false

        /// Grants nothing.
        public init() {}
    }

    /// The user to become, where the process runs as root.
    public var user: UInt32?
    /// Directories that it may read and map code from.
    public var readable: [String]
    /// The first descriptor to be closed.
    public var closesFrom: UInt32
    /// What else it may reach.
    public var grants = Grants()
    /// How far other processes go before it; 0 for as it is.
    public var niceness: Int32 = 0
    /// Descriptors that may be open; `nil` for as many as it has got.
    public var descriptors: Int?
    /// Processes and threads of its user, where it has one of its own.
    public var processes: Int?
    /// The newest version of Landlock to use, to see what an older kernel would let through.
    public var newestLandlock = Int.max

    /// Describes a sandbox.
    public init(user: UInt32?, readable: [String], closesFrom: UInt32) {
        self.user = user
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
        enterLimits(&report)
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
        report.note(.systemCalls, roost_seccomp_enter(filter))
        return report
    }

    private func enterLimits(_ report: inout SandboxReport) {
        report.note(.coreLimit, roost_sandbox_no_core())
        if niceness != 0 { report.note(.niceness, roost_sandbox_nice(niceness)) }
        // Without it a worker that yielded can't come back, and has to be replaced.
        _ = roost_sandbox_allow_nice()
        if let descriptors {
            report.note(.descriptors, roost_sandbox_limit_descriptors(UInt64(descriptors)))
        }
        // The kernel counts a user's processes, and those of the host are not the cell's.
        if let processes, user != nil, geteuid() == 0 {
            report.note(.processes, roost_sandbox_limit_processes(UInt64(processes)))
        }
    }

    private var filter: Int32 {
        var wishes = 0
        if grants.network { wishes |= Int(ROOST_SECCOMP_NETWORK) }
        if grants.processes { wishes |= Int(ROOST_SECCOMP_PROCESSES) }
        if !grants.write.isEmpty { wishes |= Int(ROOST_SECCOMP_WRITES) }
        if landlock >= 3 { wishes |= Int(ROOST_SECCOMP_TRUNCATION) }
        return Int32(wishes)
    }

    private var landlock: Int32 {
        Int32(clamping: min(Int(roost_landlock_version()), newestLandlock))
    }

    private func enterLandlock(_ report: inout SandboxReport) {
        let version = landlock
        var error = version >= 1 ? 0 : ENOSYS
        if error == 0 {
            let handlesPorts = !grants.network || !grants.deniedPorts.isEmpty
            let rules = roost_landlock_begin(version, handlesPorts ? 1 : 0)
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
        for path in grants.read {
            _ = roost_landlock_allow(rules, version, path, Int32(ROOST_LANDLOCK_DATA))
        }
        for path in grants.write {
            _ = roost_landlock_allow(rules, version, path, Int32(ROOST_LANDLOCK_CHANGE))
        }
        let ports = grants.deniedPorts
        if grants.network, !ports.isEmpty, version >= 4 {
            _ = unsafe roost_landlock_allow_ports(rules, ports, ports.count)
        }
    }
}
