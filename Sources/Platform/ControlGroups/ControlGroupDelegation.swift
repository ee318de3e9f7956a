/// Makes room for groups below this process's own one of version 2.
///
/// There, a group may hold processes or hand controllers to groups below it, not both; so the host
/// moves into a leaf of its own, which is only possible where it is alone in its group.
struct ControlGroupDelegation: Sendable {
    /// Why there can be no groups, in a sentence that says what to do.
    struct Refusal: Error {
        var reason: String
    }

    private let directory: String
    private let process: Int32
    /// The host's leaf, where it moved.
    private let leaf: String?
    private let controllers: String

    /// Hands the controllers down.
    ///
    /// - Throws: `Refusal` when the kernel doesn't let us; nothing has changed then.
    init(
        of directory: String,
        _ controllers: [ControlGroupController],
        owner: ControlGroups.Owner,
        _ files: any ControlGroupFiles
    ) throws(Refusal) {
        self.directory = directory
        process = owner.process
        let names = controllers.map(\.rawValue).sorted()
        self.controllers = names.joined(separator: " ")
        let enabled = (files.read("\(directory)/cgroup.subtree_control") ?? "")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        guard !names.allSatisfy(enabled.contains) else {
            leaf = nil
            return
        }
        let wish = names.map { "+\($0)" }.joined(separator: " ")
        func enable() -> SystemCallError? {
            do throws(SystemCallError) {
                try files.write(wish, to: "\(directory)/cgroup.subtree_control")
                return nil
            } catch { return error }
        }
        guard let first = enable() else {
            leaf = nil
            return
        }
        guard first.isBusy else { throw Refusal(reason: Self.advice(directory, "\(first)")) }
        let leaf = "\(directory)/\(owner.name).host"
        do throws(SystemCallError) {
            try files.make(leaf)
            try files.write("\(process)", to: "\(leaf)/cgroup.procs")
        } catch {
            _ = files.remove(leaf)
            throw Refusal(reason: Self.advice(directory, "\(error)"))
        }
        if let second = enable() {
            self.leaf = nil
            Self.moveBack(process, to: directory, from: leaf, files)
            let reason = second.isBusy ? "other processes are in the group too" : "\(second)"
            throw Refusal(reason: Self.advice(directory, reason))
        }
        self.leaf = leaf
    }

    /// Puts the host back where it was.
    func undo(_ files: any ControlGroupFiles) {
        guard let leaf else { return }
        let wish = controllers.split(separator: " ").map { "-\($0)" }.joined(separator: " ")
        do throws(SystemCallError) {
            try files.write(wish, to: "\(directory)/cgroup.subtree_control")
        } catch {
            // Groups of others hold it; ours stays as it is, and the next host collects it.
            return
        }
        Self.moveBack(process, to: directory, from: leaf, files)
    }

    private static func moveBack(
        _ process: Int32,
        to directory: String,
        from leaf: String,
        _ files: any ControlGroupFiles
    ) {
        do throws(SystemCallError) {
            try files.write("\(process)", to: "\(directory)/cgroup.procs")
            _ = files.remove(leaf)
        } catch {
            // It stays in its leaf, which bounds nothing; the next host collects it.
            return
        }
    }

    private static func advice(_ directory: String, _ reason: String) -> String {
        "\(directory) can't be divided (\(reason)): run the host alone in a group that is delegated "
            + "to it, such as a systemd service with Delegate=yes"
    }
}
