internal import Synchronization

/// The control group of one cell: its limits, its processes, and what the kernel says of both.
public final class ControlGroup: Sendable {
    /// What the kernel noted about a group's memory.
    public struct MemoryUse: Hashable, Sendable {
        /// The most that it held, in bytes.
        public var peak = 0
        /// Processes that the kernel ended for want of memory.
        public var kills = 0
        /// How often this group's own ceiling was reached.
        public var limitHits = 0
        /// The ceiling, in bytes; 0 for none.
        public var limit = 0

        /// Nothing noted.
        public init() {}

        /// Whether a process was ended because this group had reached its own ceiling, and not
        /// because all groups together had reached theirs.
        ///
        /// Some kernels count no hits, so a peak within what is charged at once counts as one.
        public var exceededOwnLimit: Bool {
            kills > 0 && (limitHits > 0 || (limit > 0 && peak >= limit - Self.chargedAtOnce))
        }

        private static let chargedAtOnce = 64 * 4_096
    }

    private struct State {
        var limits = ControlGroupLimits()
        /// What was there at the end, once the group is gone.
        var last: MemoryUse?
    }

    private let files: any ControlGroupFiles
    private let places: [ControlGroupController: ControlGroupMounts.Place]
    private let yielding: String?
    private let state = Mutex(State())

    init(
        files: any ControlGroupFiles,
        places: [ControlGroupController: ControlGroupMounts.Place],
        yielding: String?
    ) {
        self.files = files
        self.places = places
        self.yielding = yielding
    }

    /// The controllers that hold here.
    public var controllers: [ControlGroupController] {
        ControlGroupController.allCases.filter { places[$0] != nil }
    }

    private var directories: [String] { Set(places.values.map(\.directory)).sorted() }

    /// Puts a process, with all its threads, into the group.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func add(process: Int32) throws(SystemCallError) {
        for directory in directories {
            try files.write("\(process)", to: "\(directory)/cgroup.procs")
        }
    }

    /// Whether the kernel lets single threads go behind everybody else's.
    public var movesThreads: Bool { yielding != nil && places[.cpu] != nil }

    /// Has a thread of the group's processes go behind those of everybody else, or come back.
    ///
    /// With niceness it would go behind the threads of its own group only, and take the group's share
    /// of a processor from others. Nothing happens for a thread that isn't one of the group's: it may
    /// have ended. The kernel takes about ten milliseconds.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func move(thread: Int32, yields: Bool) throws(SystemCallError) {
        guard let yielding, let place = places[.cpu], isOwn(thread) else { return }
        try files.write("\(thread)", to: "\(yields ? yielding : place.directory)/tasks")
    }

    private func isOwn(_ thread: Int32) -> Bool {
        processes.contains { files.read("/proc/\($0)/task/\(thread)/comm") != nil }
    }

    /// Sets limits; those of controllers that aren't there are left out.
    ///
    /// - Returns: What the kernel refused.
    @discardableResult
    public func apply(_ limits: ControlGroupLimits) -> [SystemCallError] {
        state.withLock { state in
            state.limits = limits
            return ControlGroups.apply(limits, places, files)
        }
    }

    /// The limits as they were last set.
    public var limits: ControlGroupLimits { state.withLock { $0.limits } }

    /// The processes in the group.
    public var processes: [Int32] {
        Set(directories.flatMap { ControlGroups.processes(in: $0, files) }).sorted()
    }

    /// What the kernel noted about its memory, also after the group has been removed.
    public var memory: MemoryUse {
        state.withLock { state in state.last ?? readMemory(limit: state.limits.memory) }
    }

    /// Ends every process in it and removes it; false when the kernel still holds it: try again later.
    public func remove() -> Bool {
        state.withLock { state in
            if state.last == nil { state.last = readMemory(limit: state.limits.memory) }
        }
        return ControlGroups.clear(directories, files)
    }

    private func readMemory(limit: Int?) -> MemoryUse {
        var use = MemoryUse()
        use.limit = limit ?? 0
        guard let place = places[.memory] else { return use }
        func number(_ file: String) -> Int {
            let text = files.read("\(place.directory)/\(file)") ?? ""
            return Int(text.filter { !$0.isWhitespace }) ?? 0
        }
        func counter(_ file: String, _ name: String) -> Int {
            let text = files.read("\(place.directory)/\(file)") ?? ""
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count == 2, words[0] == name { return Int(words[1]) ?? 0 }
            }
            return 0
        }
        switch place.version {
        case .one:
            use.peak = number("memory.max_usage_in_bytes")
            use.kills = counter("memory.oom_control", "oom_kill")
            use.limitHits = number("memory.failcnt")
        case .two:
            use.peak = number("memory.peak")
            use.kills = counter("memory.events", "oom_kill")
            use.limitHits = counter("memory.events", "oom")
        }
        return use
    }
}
