internal import FunctionModel
internal import Platform

/// What the kernel is to hold a cell to, by what the cell is there for.
struct CellCeilings: Sendable {
    /// Libraries, stacks and the cell's own state, beside what its workers may hold.
    static let overhead = ByteCount.mebibytes(96)
    /// Address space counts where only a process's limits hold, and much of it is never used.
    static let addressSlack = ByteCount.mebibytes(512)
    /// Threads of a cell beside those of its workers, and of one worker.
    static let (ownThreads, workerThreads) = (48, 72)
    /// Programs that a plugin may have running where it may start some.
    static let programs = 64

    /// The ceiling of a shared cell; `nil` for none.
    var shared: ByteCount?

    /// Those of a cell that isn't dedicated.
    func limits(isProbe: Bool) -> ControlGroupLimits {
        isProbe
            ? ControlGroupLimits(
                memory: Quota().memory.bytes + Self.overhead.bytes,
                processes: 256,
                cpuWeight: ControlGroupLimits.usualWeight
            )
            : ControlGroupLimits(
                memory: shared?.bytes,
                processes: 16_384,
                // Many plugins share it.
                cpuWeight: 4 * ControlGroupLimits.usualWeight
            )
    }

    /// Those of a dedicated cell that holds, or has held, so many workers at a time.
    func limits(of plan: WorkerPlan, workers: Int) -> ControlGroupLimits {
        let programs = plan.permissions.subprocesses ? Self.programs : 0
        return ControlGroupLimits(
            memory: Self.overhead.bytes + plan.memory.bytes * max(workers, 1),
            processes: Self.ownThreads + Self.workerThreads * max(workers, 1) + programs,
            cpuPercent: plan.cpuPercent,
            cpuWeight: ControlGroupLimits.usualWeight
        )
    }
}

extension WorkerPlan {
    /// Tells dedicated cells apart: another version, other permissions and other ceilings of the
    /// kernel's need another cell.
    var cellKey: String {
        var parts = [version.contentHash, "memory \(memory.bytes)"]
        if let cpuPercent { parts.append("cpuShare \(cpuPercent)%") }
        if !permissions.isEmpty { parts.append(permissions.yaml) }
        return parts.joined(separator: " ")
    }
}
