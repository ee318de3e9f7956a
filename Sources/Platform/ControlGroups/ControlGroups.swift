internal import Synchronization

/// The control groups of one host: a group for all its cells, with one below it for each.
///
/// What a dead host of the same place has left behind is collected when these are opened.
public final class ControlGroups: Sendable {
    /// Names the host that groups belong to, so that a later one can tell whether it still lives.
    public struct Owner: Hashable, Sendable {
        static let prefix = "roost-"
        /// The process.
        public var process: Int32
        /// When it started, in ticks since the machine did.
        public var start: UInt64

        /// Names a process.
        public init(process: Int32, start: UInt64) {
            self.process = process
            self.start = start
        }

        var name: String { "\(Self.prefix)\(process)-\(start)" }

        init?(name: String) {
            let parts = name.split(separator: ".")[0].split(separator: "-")
            guard name.hasPrefix(Self.prefix), parts.count == 3, let process = Int32(parts[1]),
                let start = UInt64(parts[2])
            else { return nil }
            self.init(process: process, start: start)
        }
    }

    private let files: any ControlGroupFiles
    private let parents: [ControlGroupController: ControlGroupMounts.Place]
    private let delegation: ControlGroupDelegation?
    /// Where threads go that let all others go first; version 1 alone moves single threads.
    private let yielding: String?
    /// Why a controller can't be used, in a sentence.
    public let missing: [ControlGroupController: String]
    /// Groups of dead hosts that were collected.
    public let collected: Int

    /// Finds what can be written, collects leftovers and makes the group for all cells.
    ///
    /// - Parameters:
    ///   - mounts: Where this process's own groups lie.
    ///   - owner: This process.
    ///   - files: The control groups themselves.
    public init(
        mounts: ControlGroupMounts,
        owner: Owner,
        files: any ControlGroupFiles = KernelControlGroupFiles()
    ) {
        self.files = files
        var mounts = mounts
        let offered = mounts.unified.flatMap { files.read("\($0)/cgroup.controllers") } ?? ""
        mounts.addUnified(offered.split(whereSeparator: \.isWhitespace).map(String.init))
        let own = Set(mounts.places.values.map(\.directory))
        collected = own.map { Self.collect(in: $0, files) }.reduce(0, +)

        var missing: [ControlGroupController: String] = [:]
        var delegation: ControlGroupDelegation?
        if let unified = mounts.unified {
            let controllers = mounts.places.filter { $0.value.version == .two }.map(\.key)
            do throws(ControlGroupDelegation.Refusal) {
                delegation = try ControlGroupDelegation(
                    of: unified,
                    controllers,
                    owner: owner,
                    files
                )
            } catch {
                for controller in controllers { missing[controller] = error.reason }
            }
        }
        self.delegation = delegation
        parents = Self.makeParents(mounts, owner, files, &missing)
        yielding = Self.makeYielding(mounts, owner, files)
        for controller in ControlGroupController.allCases
        where parents[controller] == nil && missing[controller] == nil {
            missing[controller] = "the kernel offers no '\(controller.rawValue)' control group here"
        }
        self.missing = missing
    }

    private static func makeParents(
        _ mounts: ControlGroupMounts,
        _ owner: Owner,
        _ files: any ControlGroupFiles,
        _ missing: inout [ControlGroupController: String]
    ) -> [ControlGroupController: ControlGroupMounts.Place] {
        var parents: [ControlGroupController: ControlGroupMounts.Place] = [:]
        for (controller, place) in mounts.places where missing[controller] == nil {
            let directory = "\(place.directory)/\(owner.name)"
            do throws(SystemCallError) {
                try files.make(directory)
                if place.version == .two {
                    let all = mounts.places.filter { $0.value.version == .two }.keys
                    try files.write(
                        all.map { "+\($0.rawValue)" }.sorted().joined(separator: " "),
                        to: "\(directory)/cgroup.subtree_control"
                    )
                }
                parents[controller] = .init(version: place.version, directory: directory)
            } catch {
                missing[controller] = "\(error)"
            }
        }
        return parents
    }

    /// A group beside the one of all cells, and not below it: a cell's own share would go with it.
    private static func makeYielding(
        _ mounts: ControlGroupMounts,
        _ owner: Owner,
        _ files: any ControlGroupFiles
    ) -> String? {
        guard let place = mounts.places[.cpu], place.version == .one else { return nil }
        let directory = "\(place.directory)/\(owner.name).yielding"
        do throws(SystemCallError) {
            try files.make(directory)
            let limits = ControlGroupLimits(cpuWeight: ControlGroupLimits.usualWeight / 10)
            for write in limits.writes(for: .cpu, .one) {
                try files.write(write.value, to: "\(directory)/\(write.file)")
            }
            return directory
        } catch {
            // Niceness remains, within each cell's own share.
            return nil
        }
    }

    /// The controllers that can be used, each with the version that offers it.
    public var controllers: [ControlGroupController: ControlGroupVersion] {
        parents.mapValues(\.version)
    }

    /// Sets the limits of all cells together.
    ///
    /// - Returns: What the kernel refused.
    @discardableResult
    public func apply(_ limits: ControlGroupLimits) -> [SystemCallError] {
        Self.apply(limits, parents, files)
    }

    /// Makes a group below the one of all cells; `nil` where there is no controller at all.
    ///
    /// - Throws: `SystemCallError` when the kernel refuses.
    public func makeGroup(named name: String) throws(SystemCallError) -> ControlGroup? {
        guard !parents.isEmpty else { return nil }
        var places: [ControlGroupController: ControlGroupMounts.Place] = [:]
        for (controller, parent) in parents {
            let directory = "\(parent.directory)/\(name)"
            try files.make(directory)
            places[controller] = .init(version: parent.version, directory: directory)
        }
        return ControlGroup(files: files, places: places, yielding: yielding)
    }

    /// Removes every group of this host, with what is still in them.
    public func close() {
        let directories = Set(parents.values.map(\.directory)).union(yielding.map { [$0] } ?? [])
        _ = Self.clear(directories.sorted(), files)
        delegation?.undo(files)
    }
}

extension ControlGroups {
    static func apply(
        _ limits: ControlGroupLimits,
        _ places: [ControlGroupController: ControlGroupMounts.Place],
        _ files: any ControlGroupFiles
    ) -> [SystemCallError] {
        var problems: [SystemCallError] = []
        for (controller, place) in places.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for write in limits.writes(for: controller, place.version) {
                do throws(SystemCallError) {
                    try files.write(write.value, to: "\(place.directory)/\(write.file)")
                } catch {
                    if !write.isOptional { problems.append(error) }
                }
            }
        }
        return problems
    }

    /// The processes of a group; one that another process namespace hides counts as 0, which would
    /// mean the caller's own group of processes to whoever signals it, and is left out.
    static func processes(in directory: String, _ files: any ControlGroupFiles) -> [Int32] {
        (files.read("\(directory)/cgroup.procs") ?? "").split(separator: "\n").compactMap {
            Int32($0)
        }.filter { $0 > 0 }
    }

    /// Ends what is in groups and below them, and removes them; false when some are still held.
    static func clear(_ directories: [String], _ files: any ControlGroupFiles) -> Bool {
        var isGone = true
        for directory in directories {
            let below = files.groups(in: directory).map { "\(directory)/\($0)" }
            if !clear(below, files) { isGone = false }
            for process in processes(in: directory, files) { files.kill(process) }
            if !files.remove(directory) { isGone = false }
        }
        return isGone
    }

    /// Removes the groups of hosts that are no more; returns how many there were.
    private static func collect(in directory: String, _ files: any ControlGroupFiles) -> Int {
        var count = 0
        for name in files.groups(in: directory) {
            let group = "\(directory)/\(name)"
            guard let owner = Owner(name: name), !isAlive(owner, files),
                !holdsStrangers(group, files)
            else { continue }
            _ = clear([group], files)
            count += 1
        }
        return count
    }

    /// Whether a group, or one below it, holds processes that can't be seen from here: their host
    /// can't be either, and may well live.
    private static func holdsStrangers(
        _ directory: String,
        _ files: any ControlGroupFiles
    ) -> Bool {
        let listed = (files.read("\(directory)/cgroup.procs") ?? "").split(separator: "\n")
        return listed.contains("0")
            || files.groups(in: directory).contains {
                holdsStrangers("\(directory)/\($0)", files)
            }
    }

    private static func isAlive(_ owner: Owner, _ files: any ControlGroupFiles) -> Bool {
        files.read("/proc/\(owner.process)/stat").flatMap(Owner.start) == owner.start
    }
}

extension ControlGroups.Owner {
    /// When a process started, from its `stat` file; the program's name in it may hold anything.
    static func start(stat: String) -> UInt64? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}

extension ControlGroups {
    /// Opens those of the calling process.
    public convenience init() {
        let files = KernelControlGroupFiles()
        let mounts = ControlGroupMounts(
            mounts: files.read("/proc/self/mountinfo") ?? "",
            groups: files.read("/proc/self/cgroup") ?? ""
        )
        let start = files.read("/proc/self/stat").flatMap(Owner.start) ?? 0
        self.init(mounts: mounts, owner: Owner(process: ThisProcess.id, start: start), files: files)
    }
}
