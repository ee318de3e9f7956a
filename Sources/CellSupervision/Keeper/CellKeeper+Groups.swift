internal import FunctionModel
internal import Logging
internal import Platform

/// The kernel's ceilings: a control group for each cell where there are some, else what a process can
/// be held to.
extension CellKeeper {
    /// Sets the limits of all cells together.
    func openGroups() {
        guard let groups = configuration.controlGroups else { return }
        var limits = ControlGroupLimits(
            memory: configuration.memoryBudget?.bytes,
            cpuWeight: ControlGroupLimits.usualWeight * configuration.cores
        )
        // One group stands against the host's there, and not against each of its threads.
        if groups.controllers[.cpu] == .two {
            limits.cpuWeight = ControlGroupLimits.usualWeight / 2
        }
        for problem in groups.apply(limits) {
            logger.warning("a limit of all cells is not set: \(problem)")
        }
    }

    /// Puts a new cell into a group of its own, before it has been given any work.
    func group(_ process: CellProcess, _ limits: ControlGroupLimits) {
        guard let groups = configuration.controlGroups else { return }
        do throws(SystemCallError) {
            guard let group = try groups.makeGroup(named: "cell-\(process.id)") else { return }
            // A group without its process would pass for a limit that holds.
            try group.add(process: process.child.id)
            process.group = group
            apply(limits, to: group, of: process.id)
        } catch {
            logger.warning(
                "a cell has no control group: \(error)",
                metadata: ["cell": "\(process.id)"]
            )
        }
    }

    /// Makes room for one more worker in a dedicated cell: ceilings only rise while it lives.
    func raiseCeiling(of cell: Int, for plan: WorkerPlan) {
        guard let process = processes[cell], case .dedicated = pool[cell]?.kind else { return }
        process.mostWorkers = max(process.mostWorkers, process.workers.count + 1)
        let limits = configuration.ceilings.limits(of: plan, workers: process.mostWorkers)
        if let group = process.group, group.limits != limits {
            apply(limits, to: group, of: cell)
        }
        guard process.group?.controllers.contains(.memory) != true else { return }
        limitData(process, (limits.memory ?? 0) + CellCeilings.addressSlack.bytes)
    }

    private func limitData(_ process: CellProcess, _ bytes: Int) {
        do throws(SystemCallError) {
            try process.child.limitData(bytes: bytes)
            process.limitsOfHost = ["memory-rlimit"]
        } catch {
            logger.warning(
                "can't limit a cell's memory: \(error)",
                metadata: ["cell": "\(process.id)"]
            )
        }
    }

    private func apply(_ limits: ControlGroupLimits, to group: ControlGroup, of cell: Int) {
        for problem in group.apply(limits) {
            logger.warning("a limit is not set: \(problem)", metadata: ["cell": "\(cell)"])
        }
    }

    /// Has threads of a cell that take all the CPU time they get go behind everybody else's.
    ///
    /// Those of a cell that has been given a share of its own stay within it.
    func settle(_ threads: [UInt32], yields: Bool, of process: CellProcess) {
        guard let group = process.group, group.movesThreads, group.limits.cpuPercent == nil else {
            return
        }
        for thread in threads {
            threadMover.move(Int32(clamping: thread), of: group, yields: yields)
        }
    }

    /// Removes the group of a cell that has ended, with what its plugin may have left running.
    func removeGroup(of process: CellProcess) {
        guard let group = process.group, !group.remove() else { return }
        heldGroups.append(group)
    }

    /// Removes those that the kernel still held.
    func removeHeldGroups() { heldGroups.removeAll { $0.remove() } }

    /// Why what had started in a cell is gone, once its channel has closed without a word.
    static func loss(
        _ group: ControlGroup?,
        isDedicated: Bool
    ) -> @Sendable () -> InvocationResult {
        guard let group else { return { .lost } }
        return {
            let memory = group.memory
            guard memory.kills > 0 else { return .lost }
            guard memory.exceededOwnLimit else { return .lostToBudget }
            let (limit, peak) = (ByteCount(bytes: memory.limit), ByteCount(bytes: memory.peak))
            return isDedicated ? .outOfMemory(limit, peak) : .lostToCeiling(limit)
        }
    }
}

extension InvocationResult {
    /// The end of an invocation whose plugin took more memory than its own cell may hold.
    static func outOfMemory(_ limit: ByteCount, _ peak: ByteCount) -> InvocationResult {
        var usage = Usage()
        usage.peakMemory = peak
        return InvocationResult(
            outcome: .memoryExceeded,
            error: InvocationError(
                kind: "memoryExceeded",
                message:
                    "the plugin's process reached \(peak) of memory, and its limit is \(limit): "
                    + "the kernel ended it"
            ),
            usage: usage
        )
    }

    /// The end of an invocation whose shared cell grew too large, by whomever.
    static func lostToCeiling(_ limit: ByteCount) -> InvocationResult {
        lost(
            because: "the shared cell that ran the function reached its memory ceiling of \(limit)"
        )
    }

    /// The end of an invocation whose cell the kernel chose when all together held too much.
    static var lostToBudget: InvocationResult {
        lost(
            because: "all cells together reached the host's memory budget, and the kernel ended one"
        )
    }

    private static func lost(because reason: String) -> InvocationResult {
        InvocationResult(
            outcome: .lost,
            error: InvocationError(
                kind: "cellLost",
                message: "\(reason); how far the invocation had come is not known",
                retryable: true
            )
        )
    }
}
