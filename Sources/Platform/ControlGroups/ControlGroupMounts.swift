/// Where this process's own control groups lie, by controller.
public struct ControlGroupMounts: Sendable {
    /// One controller's tree.
    struct Place: Hashable, Sendable {
        var version: ControlGroupVersion
        /// The directory of this process's own group there.
        var directory: String
    }

    /// The places; a controller that isn't mounted has none.
    private(set) var places: [ControlGroupController: Place] = [:]
    /// This process's group of version 2, whatever its controllers.
    private(set) var unified: String?

    /// Puts together what `/proc/self/mountinfo` and `/proc/self/cgroup` say.
    public init(mounts: String, groups: String) {
        let mounted = mounts.split(separator: "\n").compactMap(Mount.init)
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let names = parts[1].split(separator: ",").map(String.init)
            let version: ControlGroupVersion = names.isEmpty ? .two : .one
            guard
                let directory = mounted.lazy.compactMap({ mount in
                    mount.directory(of: String(parts[2]), version, names)
                }).first
            else { continue }
            if version == .two { unified = directory }
            for controller in ControlGroupController.allCases
            where version == .one && names.contains(controller.rawValue) {
                places[controller] = Place(version: .one, directory: directory)
            }
        }
    }

    /// Adds the controllers that the group of version 2 offers and no tree of version 1 has.
    mutating func addUnified(_ controllers: [String]) {
        guard let unified else { return }
        for controller in ControlGroupController.allCases
        where places[controller] == nil && controllers.contains(controller.rawValue) {
            places[controller] = Place(version: .two, directory: unified)
        }
    }

    /// A line of `mountinfo`.
    private struct Mount {
        let root: String
        let point: String
        let version: ControlGroupVersion
        let options: Set<Substring>

        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else {
                return nil
            }
            switch fields[dash + 1] {
            case "cgroup": version = .one
            case "cgroup2": version = .two
            default: return nil
            }
            root = String(fields[3])
            point = String(fields[4])
            options = Set(fields[dash + 3].split(separator: ","))
        }

        /// The directory of a group, when it lies in this mount.
        func directory(
            of group: String,
            _ version: ControlGroupVersion,
            _ names: [String]
        ) -> String? {
            guard version == self.version, names.allSatisfy({ options.contains($0[...]) }) else {
                return nil
            }
            let base = root == "/" ? "" : root
            guard group == base || group.hasPrefix(base + "/") else { return nil }
            let rest = group.dropFirst(base.count)
            return rest == "/" ? point : point + rest
        }
    }
}
