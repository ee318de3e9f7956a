internal import FunctionModel
internal import HostSettings
internal import Logging
internal import Platform
internal import RoostCLI

/// Which limits the kernel of this machine enforces for cells, and by what.
struct KernelLimits: Sendable {
    /// The control groups that there are; none of their controllers may be usable.
    let groups: ControlGroups
    /// The version of Landlock that the kernel has; 0 for none.
    var landlock = SandboxReport.landlockVersion

    private func by(_ controller: ControlGroupController) -> String? {
        groups.controllers[controller].map { "control group v\($0.rawValue)" }
    }

    private func why(_ controller: ControlGroupController) -> String {
        groups.missing[controller] ?? "no control group"
    }

    /// One row for each limit.
    var rows: [CheckItem] { [memory, cpu, tasks] }

    private var memory: CheckItem {
        if let by = by(.memory) {
            return CheckItem(
                name: "memory-limit",
                state: .enforced,
                detail:
                    "\(by): a ceiling for each cell and one for all; each worker's own limit by its "
                    + "allocator arena"
            )
        }
        return CheckItem(
            name: "memory-limit",
            state: .partial,
            detail:
                "each worker's by its allocator arena, dedicated cells' by RLIMIT_DATA; shared cells "
                + "and all cells together have no ceiling of the kernel's: \(why(.memory))"
        )
    }

    private var cpu: CheckItem {
        if let by = by(.cpu) {
            return CheckItem(
                name: "cpu-share",
                state: .enforced,
                detail: "\(by): shares for the host and each cell, cpuShare for dedicated cells; "
                    + "functions that take all they get go behind \(behind)"
            )
        }
        return CheckItem(
            name: "cpu-share",
            state: .partial,
            detail: "cells go behind the host by niceness; cpuShare can't be enforced: \(why(.cpu))"
        )
    }

    /// Whom a looping thread goes behind: only version 1 moves threads out of their cell's group.
    private var behind: String {
        groups.controllers[.cpu] == .one ? "all others" : "the others of their cell"
    }

    private var tasks: CheckItem {
        if let by = by(.pids) {
            return CheckItem(
                name: "task-limit",
                state: .enforced,
                detail: "\(by): threads and processes of each cell"
            )
        }
        let isPrivileged = ThisProcess.isPrivileged
        return CheckItem(
            name: "task-limit",
            state: isPrivileged ? .partial : .missing,
            detail: (isPrivileged ? "dedicated cells' by RLIMIT_NPROC of their own users; " : "")
                + "shared cells' only as far as plugins ask the C library for threads: \(why(.pids))"
        )
    }

    /// Says at start what holds, and loudly what was asked for and doesn't.
    ///
    /// - Throws: `HomeProblem` where the settings are strict and ask for what isn't there.
    func tell(_ settings: Settings, _ logger: Logger) throws {
        for row in rows {
            let level: Logger.Level = row.state == .enforced ? .info : .notice
            logger.log(level: level, "limit \(row.name): \(row.detail)")
        }
        if groups.collected > 0 {
            logger.notice("control groups of dead hosts were removed: \(groups.collected)")
        }
        let asked = settings.views.filter { $0.origin != "default" }.map(\.name)
        for name in ["memory", "cellMemory"] where asked.contains(name) && by(.memory) == nil {
            let text =
                "'\(name)' is set, but the kernel can't hold cells to it here: \(why(.memory))"
            guard !settings.strictLimits else {
                throw HomeProblem(
                    "\(text); make control groups writable, or set strictLimits: false"
                )
            }
            logger.warning("\(text)")
        }
    }

    /// What is asked of a plugin's functions and doesn't hold here, in sentences.
    func problems(_ definitions: [FunctionDefinition]) -> [String] {
        definitions.compactMap(unheldShare)
            + (definitions.first.flatMap(openPort).map { [$0] } ?? [])
    }

    /// A plugin with the network could reach the admin API, which still asks for its token.
    private func openPort(_ definition: FunctionDefinition) -> String? {
        guard definition.permissions.network, landlock < 4 else { return nil }
        return
            "the network of \(definition.name.plugin) leads to the admin API as well, which asks "
            + "for its token: this kernel can't keep a port from a process (Landlock 4, Linux 6.7)"
    }

    private func unheldShare(_ definition: FunctionDefinition) -> String? {
        guard let percent = definition.quota.cpuPercent else { return nil }
        let what = "cpuShare \(percent)% of \(definition.name) is not enforced: "
        if definition.isolation != .process {
            return what + "it holds for dedicated cells only; write `isolation: process` under "
                + "`plugins: \(definition.name.plugin):` in roost.yaml"
        }
        return by(.cpu) == nil ? what + why(.cpu) : nil
    }
}
