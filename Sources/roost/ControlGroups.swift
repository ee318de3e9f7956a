internal import RoostCLI

#if canImport(Glibc)
internal import Glibc
#endif

/// Which control groups this process could use.
enum ControlGroups {
    /// What they are here; cells don't use them yet, so nothing is enforced by them.
    static var row: CheckItem {
        let own = FileAccess.lines("/proc/self/cgroup")
        let writable = own.compactMap(place).filter { access($0, W_OK) == 0 }
        let now = "cells have limits of CPU time and memory per function instead"
        return CheckItem(
            name: "cgroups",
            state: writable.isEmpty ? .missing : .partial,
            detail: writable.isEmpty
                ? "none may be written here, so CPU shares can't be set; \(now)"
                : "\(writable.joined(separator: ", ")) may be written, and are not used yet; \(now)"
        )
    }

    /// Where the group of a line of `/proc/self/cgroup` is joined; `nil` for controllers of no use.
    static func place(of line: Substring) -> String? {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let group = parts[2] == "/" ? "" : parts[2]
        if parts[0] == "0", parts[1].isEmpty { return "/sys/fs/cgroup\(group)/cgroup.procs" }
        let controllers = parts[1].split(separator: ",")
        guard controllers.contains("cpu") || controllers.contains("memory") else { return nil }
        return "/sys/fs/cgroup/\(parts[1])\(group)/tasks"
    }
}
