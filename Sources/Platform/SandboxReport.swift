internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// Which parts of a cell's sandbox hold, or could hold here.
public struct SandboxReport: Sendable, Hashable {
    /// A part, by the short stable name that a cell reports.
    public enum Part: String, Sendable, CaseIterable {
        /// A user of its own.
        case user = "uid"
        /// No capability of the kernel's.
        case capabilities
        /// No rights gained by running a program.
        case noNewPrivileges = "no-new-privs"
        /// Files: none but the system's own, read-only.
        case files = "landlock-files"
        /// No listening on TCP ports.
        case network = "landlock-network"
        /// Signals to the cell's own threads only, and no abstract sockets of others.
        case signals = "landlock-signals"
        /// System calls filtered.
        case systemCalls = "seccomp"
        /// Ends with the host.
        case parentDeath = "parent-death"
        /// No core files.
        case coreLimit = "core-limit"
        /// Nobody of the same user looks inside.
        case notDumpable = "not-dumpable"
        /// Goes behind the host for CPU time.
        case niceness
        /// A bound of open descriptors.
        case descriptors = "descriptor-limit"
        /// A bound of processes and threads of its user.
        case processes = "process-limit"

        /// Whether every cell asks for it; others only where it is needed, or for dedicated cells.
        public var isOfEveryCell: Bool {
            switch self {
            case .niceness, .descriptors, .processes: false
            default: true
            }
        }

        /// What is lost without it, for operators.
        public var purpose: String {
            switch self {
            case .user: "cells run as a user of their own (needs the host to run as root)"
            case .capabilities: "cells hold no capability"
            case .noNewPrivileges: "cells can't gain rights"
            case .files: "cells can't open files beyond the system's own (Linux 5.13)"
            case .network: "cells can't listen on TCP ports (Linux 6.7)"
            case .signals: "cells can't signal other processes of their user (Linux 6.12)"
            case .systemCalls: "cells can't trace, signal or start processes"
            case .parentDeath: "cells end with the host"
            case .coreLimit: "cells leave no core files"
            case .notDumpable: "other processes of the user can't look into cells"
            case .niceness: "cells go behind the host for CPU time"
            case .descriptors: "a dedicated cell opens only so many descriptors"
            case .processes: "a dedicated cell makes only so many threads and processes"
            }
        }
    }

    /// The parts that hold.
    public internal(set) var enforced: [Part] = []
    /// The parts that this machine lacks.
    public internal(set) var missing: [Part] = []

    mutating func note(_ part: Part, _ error: Int32) {
        if error == 0 { enforced.append(part) } else { missing.append(part) }
    }

    /// The version of Landlock that the kernel has; 0 for none.
    public static var landlockVersion: Int { max(0, Int(roost_landlock_version())) }

    /// Asks the kernel what a cell started by this process would have; changes nothing.
    public static func probe() -> SandboxReport {
        var report = SandboxReport()
        let version = roost_landlock_version()
        for part in Part.allCases {
            let isThere =
                switch part {
                case .user, .processes: geteuid() == 0
                case .files: version >= 1
                case .network: version >= 4
                case .signals: version >= 6
                case .systemCalls: roost_seccomp_available() == 0
                default: true
                }
            report.note(part, isThere ? 0 : ENOSYS)
        }
        return report
    }
}
