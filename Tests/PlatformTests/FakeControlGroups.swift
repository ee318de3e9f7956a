import Glibc
import Synchronization

@testable import Platform

/// A tree of control groups in a directory, with the kernel's manners: files appear with a group, a
/// group of version 2 with processes hands no controller down, one with processes can't be removed.
final class FakeControlGroups: ControlGroupFiles {
    let root: String
    private let kernel = KernelControlGroupFiles()
    private let killed = Mutex<[Int32]>([])
    /// Directories whose writes are refused with EACCES.
    let readOnly: [String]

    init(root: String, readOnly: [String] = []) {
        self.root = root
        self.readOnly = readOnly
    }

    var kills: [Int32] { killed.withLock { $0 } }

    func read(_ path: String) -> String? { kernel.read(path) }

    func write(_ value: String, to path: String) throws(SystemCallError) {
        guard !readOnly.contains(where: path.hasPrefix) else { throw .init("write", code: EACCES) }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let (directory, file) = (String(path[..<slash]), path[path.index(after: slash)...])
        guard access(path, F_OK) == 0 else { throw .init("open(\(path))", code: ENOENT) }
        switch file {
        case "cgroup.procs":
            if let control = read("\(directory)/cgroup.subtree_control"), !control.isEmpty {
                throw .init("write", code: EBUSY)
            }
            try move(value, to: directory)
        case "cgroup.subtree_control":
            guard (read("\(directory)/cgroup.procs") ?? "").isEmpty else {
                throw .init("write", code: EBUSY)
            }
            let names = value.split(separator: " ").filter { $0.hasPrefix("+") }.map {
                $0.dropFirst()
            }
            try put(names.joined(separator: " "), path)
        default: try put(value, path)
        }
    }

    func make(_ directory: String) throws(SystemCallError) {
        guard !readOnly.contains(where: directory.hasPrefix) else {
            throw .init("mkdir", code: EACCES)
        }
        try kernel.make(directory)
        let isUnified = directory.hasPrefix("\(root)/unified")
        let files =
            isUnified
            ? [
                "cgroup.procs", "cgroup.subtree_control", "cgroup.controllers", "memory.max",
                "memory.events", "memory.peak", "memory.oom.group", "memory.swap.max", "cpu.max",
                "cpu.weight", "pids.max",
            ]
            : [
                "cgroup.procs", "memory.limit_in_bytes", "memory.oom_control", "memory.failcnt",
                "memory.max_usage_in_bytes", "cpu.shares", "cpu.cfs_quota_us",
                "cpu.cfs_period_us", "pids.max", "tasks",
            ]
        for file in files where read("\(directory)/\(file)") == nil {
            try put("", "\(directory)/\(file)")
        }
    }

    func remove(_ directory: String) -> Bool {
        guard (read("\(directory)/cgroup.procs") ?? "").isEmpty, groups(in: directory).isEmpty
        else {
            return false
        }
        for name in DirectoryListing.names(directory) ?? [] { unlink("\(directory)/\(name)") }
        return kernel.remove(directory)
    }

    func groups(in directory: String) -> [String] { kernel.groups(in: directory) }

    func kill(_ process: Int32) {
        killed.withLock { $0.append(process) }
        for directory in everyGroup(root) { drop("\(process)", from: directory) }
    }

    private func move(_ process: String, to directory: String) throws(SystemCallError) {
        let tree = directory.hasPrefix("\(root)/unified") ? "\(root)/unified" : directory
        if tree != directory { for group in everyGroup(tree) { drop(process, from: group) } }
        let present = read("\(directory)/cgroup.procs") ?? ""
        try put(present + process + "\n", "\(directory)/cgroup.procs")
    }

    private func drop(_ process: String, from directory: String) {
        let path = "\(directory)/cgroup.procs"
        let rest = (read(path) ?? "").split(separator: "\n").filter { $0 != process }
        // The tree is the test's own: what can't be written shows in what it then reads.
        _ = Result { try put(rest.map { "\($0)\n" }.joined(), path) }
    }

    private func everyGroup(_ directory: String) -> [String] {
        [directory] + groups(in: directory).flatMap { everyGroup("\(directory)/\($0)") }
    }

    private func put(_ value: String, _ path: String) throws(SystemCallError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw SystemCallError("open(\(path))") }
        defer { close(file) }
        let bytes = Array(value.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw SystemCallError("write(\(path))")
        }
    }
}
