internal import FunctionModel
internal import Logging
internal import Platform

/// The directory itself: it may come, go, be replaced or be mounted over.
extension WatchRunner {
    /// Opens the directory for this turn, and looks whether it still is the one that is watched.
    func enter(_ findings: inout Findings) async {
        do {
            let found = try await opened().get()
            tree = found
            // One that was made anew may well have the inode of the one before.
            if let root, found.isSame(as: root), !findings.rootMayHaveLeft {
                return checkMounts(found, &findings)
            }
            if root != nil { say("the directory is looked at anew, it may be another", .notice) }
            leaveRoot()
            root = found.status
            findings.lookAtEverything()
            begin(found)
        } catch {
            leaveRoot()
            let words = "the directory can't be watched yet, and is waited for: \(error)"
            if mode != .absent("\(error)") { say(words, .warning) }
            mode = .absent("\(error)")
        }
    }

    /// What lies on a disk of this machine doesn't make the others' thread wait; a server elsewhere may.
    var isQuick: Bool { mode == .watching }

    /// Whether the thread of the watches is there, which may wait for the disk; the commit of a few files
    /// holds up the others no longer than their own would.
    var isOnOwnThread: Bool { services.thread != nil }

    private func opened() async -> Result<FileTree, SystemCallError> {
        let directory = plan.directory
        return isQuick ? FileTree.open(directory) : await offload { FileTree.open(directory) }
    }

    /// Looks whether something was mounted, or unmounted, below: neither is told of.
    private func checkMounts(_ tree: FileTree, _ findings: inout Findings) {
        guard rootCheck <= .now else { return }
        rootCheck = .now + Self.rootInterval
        guard plan.isRecursive, let present = MountPoints.below(tree.root) else { return }
        for mount in mounts.symmetricDifference(present) {
            findings.left.insert(mount.path)
            findings.directories.insert(mount.path)
        }
        mounts = present
    }

    private func begin(_ tree: FileTree) {
        mounts = plan.isRecursive ? MountPoints.below(tree.root) ?? [] : []
        if !FileTree.tellsChanges(tree.root) {
            poll("its file system doesn't tell of changes")
        } else if services.thread == nil {
            poll("the kernel has no queue of events to give (\(Inotify.queueLimits))")
        } else {
            mode = .watching
        }
    }

    /// From now on looks again and again.
    func poll(_ reason: String) {
        unwatchAll()
        mode = .polling(reason)
        guard polledFor != reason else { return }
        polledFor = reason
        say(
            "\(reason): the directory is looked at every "
                + "\(Self.pollInterval.components.seconds) s or more instead",
            .warning
        )
    }

    /// Has the kernel asked once more for watches that it had not, by a look at everything.
    ///
    /// Others may have given some back, or the limit may have been raised.
    func watchAgain(_ findings: inout Findings) -> Bool {
        guard let due = watchRetry, due <= .now, tree != nil else { return false }
        watchRetry = nil
        guard case .polling = mode else { return false }
        mode = .watching
        findings.lookAtEverything()
        return true
    }

    func sayWatching() {
        polledFor = nil
        say("the kernel tells of changes again", .notice)
    }

    /// Forgets the directory; its files stay in the index as they were, for nobody has seen them go.
    private func leaveRoot() {
        rootCheck = .now + Self.rootInterval
        (root, watchRetry, polledFor) = (nil, nil, nil)
        unwatchAll()
        settling.forgetAll()
    }

    func unwatchAll() {
        for number in numbers.values { services.thread?.remove(number, as: nil, for: inbox) }
        numbers = [:]
    }

    /// Watches no longer what lay below directories that have left.
    func unwatch(below left: Set<[UInt8]>) {
        guard !left.isEmpty else { return }
        for (path, number) in numbers where path.isBelow(anyOf: left) {
            services.thread?.remove(number, as: path, for: inbox)
            numbers[path] = nil
        }
    }

    /// Has the kernel tell of a directory from now on; before it is listed, so that nothing falls in
    /// between.
    func watch(_ directory: Descriptor, as path: [UInt8]) {
        guard mode == .watching, let thread = services.thread else { return }
        guard isTold(directory) else {
            let place = String(decoding: path, as: UTF8.self)
            return poll("the file system of '\(place)' in it doesn't tell of changes")
        }
        do {
            // Also what is watched already: who knows whether it is the same directory still.
            let number = try thread.add(directory, as: path, for: inbox)
            if let old = numbers.updateValue(number, forKey: path), old != number {
                thread.remove(old, as: path, for: inbox)
            }
        } catch {
            guard error.isExhausted else {
                return poll("the kernel can't watch it (\(error))")
            }
            // Asking takes a look at everything.
            watchRetry = .now + max(services.watchInterval, lastScan * 10)
            poll("the kernel has no more watches to give (\(Inotify.watchLimits))")
        }
    }

    /// Whether the kernel tells of changes there; another file system may be mounted below.
    private func isTold(_ directory: Descriptor) -> Bool {
        do throws(SystemCallError) {
            return try FileTree.status(of: directory).device == root?.device
                || FileTree.tellsChanges(directory)
        } catch { return true }
    }
}

extension FileTree {
    fileprivate static func open(_ path: [UInt8]) -> Result<FileTree, SystemCallError> {
        do throws(SystemCallError) { return .success(try FileTree(path: path)) } catch {
            return .failure(error)
        }
    }
}

extension [UInt8] {
    /// Whether a directory is another one or lies below it.
    func isBelow(_ other: [UInt8]) -> Bool {
        other.isEmpty || self == other
            || count > other.count && starts(with: other) && self[other.count] == UInt8(ascii: "/")
    }

    /// Whether a directory is one of many others or lies below one; however many there are, it is only
    /// looked for those above it.
    func isBelow(anyOf others: Set<[UInt8]>) -> Bool {
        others.contains([]) || others.contains(self)
            || indices.contains { index in
                self[index] == UInt8(ascii: "/") && others.contains(Array(self[..<index]))
            }
    }
}
