/// What a control group can hold to: how much, and of what.
public enum ControlGroupController: String, Sendable, CaseIterable {
    /// A ceiling of memory.
    case memory
    /// A share, and a ceiling, of CPU time.
    case cpu
    /// A number of processes and threads.
    case pids
}

/// The limits of one control group; `nil` leaves what is there.
public struct ControlGroupLimits: Hashable, Sendable {
    /// The weight of a group that nobody gave one.
    public static let usualWeight = 100

    /// The ceiling of memory, in bytes.
    public var memory: Int?
    /// Processes and threads.
    public var processes: Int?
    /// The ceiling of CPU time in percent of one core.
    public var cpuPercent: Int?
    /// The share of CPU time when it is short, against 100 of a usual group.
    public var cpuWeight: Int?

    /// Sets limits.
    public init(
        memory: Int? = nil,
        processes: Int? = nil,
        cpuPercent: Int? = nil,
        cpuWeight: Int? = nil
    ) {
        self.memory = memory
        self.processes = processes
        self.cpuPercent = cpuPercent
        self.cpuWeight = cpuWeight
    }

    /// The files of one controller with what is to be written, in order; those that may be missing
    /// are marked.
    func writes(
        for controller: ControlGroupController,
        _ version: ControlGroupVersion
    ) -> [(file: String, value: String, isOptional: Bool)] {
        switch (controller, version) {
        case (.memory, .one):
            guard let memory else { return [] }
            // With swap the sum may never be below the memory: raised before, lowered after.
            let swap = ("memory.memsw.limit_in_bytes", "\(memory)", true)
            return [swap, ("memory.limit_in_bytes", "\(memory)", false), swap]
        case (.memory, .two):
            guard let memory else { return [] }
            return [
                ("memory.max", "\(memory)", false), ("memory.swap.max", "0", true),
                ("memory.oom.group", "1", true),
            ]
        case (.cpu, .one):
            let weight = cpuWeight.map { max(2, $0 * 1_024 / Self.usualWeight) }
            return [
                weight.map { ("cpu.shares", "\($0)", false) },
                cpuPercent.map { _ in ("cpu.cfs_period_us", "100000", false) },
                cpuPercent.map { ("cpu.cfs_quota_us", "\($0 * 1_000)", false) },
            ].compactMap(\.self)
        case (.cpu, .two):
            return [
                cpuWeight.map { ("cpu.weight", "\(min(max($0, 1), 10_000))", false) },
                cpuPercent.map { ("cpu.max", "\($0 * 1_000) 100000", false) },
            ].compactMap(\.self)
        case (.pids, _): return processes.map { [("pids.max", "\($0)", false)] } ?? []
        }
    }
}

/// The two ways in which kernels offer control groups.
public enum ControlGroupVersion: Int, Sendable {
    /// A tree for each controller.
    case one = 1
    /// One tree for all.
    case two = 2
}
