internal import HostSettings
internal import Platform
internal import PluginCatalog
internal import RoostCLI

#if canImport(Glibc)
internal import Glibc
#endif

/// What this machine can enforce, and what it lacks: each row found out now, none from a table.
enum MachineCheck {
    /// One item for each thing that a host wants of a machine.
    ///
    /// - Parameters:
    ///   - home: The host's home, which need not be there yet.
    ///   - environment: What may override its settings.
    /// - Returns: The items in the order to show them.
    static func items(home: String, environment: [String: String]) -> [CheckItem] {
        let sandbox = SandboxReport.probe()
        // Tried out: groups are made and removed again.
        let limits = KernelLimits(groups: ControlGroups())
        defer { limits.groups.close() }
        return SandboxReport.Part.allCases.map { row($0, of: sandbox) }
            + limits.rows + [swiftRuntime, symboliser, inotify, descriptors, zones]
            + [place(home), settings(home, environment, limits)]
    }

    /// Whether schedules can have time zones.
    private static var zones: CheckItem {
        ZoneFiles.isInstalled
            ? CheckItem(name: "time zones", state: .enforced, detail: "tzdata is installed")
            : CheckItem(
                name: "time zones",
                state: .missing,
                detail: "schedules have UTC only: install tzdata"
            )
    }

    /// Whether a host would start with the settings that are there.
    private static func settings(
        _ home: String,
        _ environment: [String: String],
        _ limits: KernelLimits
    ) -> CheckItem {
        do {
            let reader = SettingsReader(flags: [:], environment: environment)
            _ = try LiveSettings(reader, home: home, limits: limits)
            let detail = "roost.yaml and the environment say nothing that a host would refuse"
            return CheckItem(name: "settings", state: .enforced, detail: detail)
        } catch {
            return CheckItem(name: "settings", state: .missing, detail: "\(error)")
        }
    }

    private static func row(_ part: SandboxReport.Part, of report: SandboxReport) -> CheckItem {
        let isThere = report.enforced.contains(part)
        var detail = isThere ? part.purpose : "not here: \(part.purpose)"
        switch part {
        case .files, .network, .signals:
            let version = SandboxReport.landlockVersion
            detail += version > 0 ? "; this kernel has Landlock \(version)" : "; no Landlock here"
        default: break
        }
        return CheckItem(
            name: part.rawValue,
            state: isThere ? .enforced : .missing,
            detail: detail
        )
    }

    /// Cells of a host that runs as root have users of their own, who must be able to read it.
    private static var swiftRuntime: CheckItem {
        let name = "swift-runtime"
        guard let path = HostRelease.current.swiftRuntime else {
            return CheckItem(
                name: name,
                state: .partial,
                detail: "the host's own runtime was not found; plugins need libswiftCore.so on the "
                    + "loader's path"
            )
        }
        guard let wall = FileAccess.firstClosed(on: path) else {
            return CheckItem(name: name, state: .enforced, detail: "cells load it from \(path)")
        }
        guard ThisProcess.isPrivileged else {
            return CheckItem(
                name: name,
                state: .enforced,
                detail: "cells load it from \(path), as the host's own user"
            )
        }
        return CheckItem(
            name: name,
            state: .missing,
            detail: "cells, which run as users of their own, can't read \(path): run "
                + "chmod o+rx '\(wall)', or move the toolchain"
        )
    }

    private static var symboliser: CheckItem {
        let path = Symboliser.toolPath
        return CheckItem(
            name: "symboliser",
            state: path == nil ? .missing : .enforced,
            detail: path.map { "crashes name file and line, read by \($0)" }
                ?? "crashes name no file and line: install llvm or binutils"
        )
    }

    private static var inotify: CheckItem {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            return CheckItem(
                name: "inotify",
                state: .partial,
                detail: "\(SystemCallError("inotify_init1")): directories are listed and compared "
                    + "instead; raise fs.inotify.max_user_instances with sysctl"
            )
        }
        close(descriptor)
        let watches = FileAccess.firstLine("/proc/sys/fs/inotify/max_user_watches") ?? "unknown"
        return CheckItem(
            name: "inotify",
            state: .enforced,
            detail: "the kernel tells of dropped files; watches for this user: \(watches)"
        )
    }

    /// A worker costs the host two descriptors, a cell three, a connection one.
    private static var descriptors: CheckItem {
        do throws(SystemCallError) {
            let limit = try ResourceLimits.raiseDescriptorLimit()
            let isEnough = limit >= 16_384
            return CheckItem(
                name: "descriptors",
                state: isEnough ? .enforced : .partial,
                detail: isEnough
                    ? "the host may open \(limit)"
                    : "the host may open \(limit), which thousands of connections or workers use up; "
                        + "raise LimitNOFILE of the service, or ulimit -Hn"
            )
        } catch {
            return CheckItem(name: "descriptors", state: .missing, detail: "\(error)")
        }
    }

    /// A home that is yet to be made is judged by the directory that it will lie in.
    private static func place(_ path: String) -> CheckItem {
        var place = path
        while access(place, F_OK) != 0, place.contains("/") {
            place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
        }
        if place.isEmpty || access(place, F_OK) != 0 { place = path.hasPrefix("/") ? "/" : "." }
        do throws(TrustProblem) {
            let trusted = try TrustedDirectory(path: place)
            return CheckItem(
                name: "home",
                state: .enforced,
                detail: "nobody else can put plugins below \(trusted.path)"
            )
        } catch {
            return CheckItem(name: "home", state: .missing, detail: "\(error)")
        }
    }
}
