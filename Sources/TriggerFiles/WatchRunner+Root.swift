internal import FunctionModel
internal import Logging
internal import Platform

/// The directory itself: it may come, go, be replaced or be mounted over.
extension WatchRunner {
    /// Looks whether the path still leads to the directory that is watched.
    func checkRoot(_ findings: inout Findings) {
        rootCheck = .now + Self.rootInterval
        let present = FileTree.status(ofPath: plan.directory)
        if let tree, let present, present.device == tree.status.device,
            present.inode == tree.status.inode
        {
            return
        }
        let hadOne = tree != nil
        leaveRoot()
        do {
            tree = try FileTree(path: plan.directory)
            findings.lookAtEverything()
            if hadOne { say("the directory is another one; it is looked at anew", .notice) }
            begin()
        } catch {
            let words = "the directory can't be watched until it is there: \(error)"
            if mode != .absent("\(error)") { say(words, .warning) }
            mode = .absent("\(error)")
        }
    }

    private func begin() {
        guard let tree else { return }
        if !tree.tellsChanges {
            poll("its file system doesn't tell of changes")
        } else if services.thread == nil {
            poll("the kernel offers no inotify")
        } else {
            mode = .watching
        }
    }

    /// From now on looks again and again.
    func poll(_ reason: String) {
        unwatchAll()
        mode = .polling(reason)
        say(
            "\(reason): the directory is looked at every "
                + "\(Self.pollInterval.components.seconds) s or more instead",
            .warning
        )
    }

    /// Forgets the directory; its files stay in the index as they were, for nobody has seen them go.
    private func leaveRoot() {
        tree = nil
        unwatchAll()
        settling.forgetAll()
    }

    func unwatchAll() {
        for number in numbers.values { services.thread?.remove(number, as: nil, for: inbox) }
        numbers = [:]
    }

    /// Watches no longer what lay below a directory that has left.
    func unwatch(below directory: [UInt8]) {
        for (path, number) in numbers where path.isBelow(directory) {
            services.thread?.remove(number, as: path, for: inbox)
            numbers[path] = nil
        }
    }

    /// Has the kernel tell of a directory from now on; before it is listed, so that nothing falls in
    /// between.
    func watch(_ directory: Descriptor, as path: [UInt8]) {
        guard mode == .watching, let thread = services.thread else { return }
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
            let limit = Inotify.watchLimit.map { "fs.inotify.max_user_watches=\($0)" }
            poll("the kernel has no more watches to give (\(limit ?? "\(error)"))")
        }
    }
}

extension [UInt8] {
    /// Whether a directory is another one or lies below it.
    func isBelow(_ other: [UInt8]) -> Bool {
        other.isEmpty || self == other
            || count > other.count && starts(with: other) && self[other.count] == UInt8(ascii: "/")
    }
}
