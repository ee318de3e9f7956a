internal import FunctionModel
internal import Platform

/// Looking at what was told, and comparing it with the index.
extension WatchRunner {
    /// A file that was looked at.
    struct Sight: Sendable, Equatable {
        var path: FilePath
        var facts: FileFacts?
        var evidence: Evidence
    }

    /// The most files that are compared and committed together.
    static let chunk = 512
    /// How many are worth no change of threads.
    static let few = 16

    /// Looks at what was told.
    func look(_ findings: Findings) async throws(StoreError) {
        unwatch(below: findings.left)
        if findings.everything {
            try await scan([[]])
            return
        }
        if !findings.directories.isEmpty { try await scan(Array(findings.directories)) }
        guard !findings.files.isEmpty, let tree else { return }
        let wanted = findings.files.filter { plan.wants($0.key) }
        var sights: [Sight] = []
        for (path, evidence) in wanted {
            sights.append(Sight(path: path, facts: tree.facts(of: path), evidence: evidence))
            if sights.count == Self.chunk {
                try await compare(sights)
                sights = []
            }
        }
        try await compare(sights)
    }

    /// Looks again at what had to settle.
    func lookAtSettled() async throws(StoreError) {
        let due = settling.due(.now)
        guard !due.isEmpty, let tree else { return }
        for start in stride(from: 0, to: due.count, by: Self.chunk) {
            let part = Array(due[start..<min(start + Self.chunk, due.count)])
            let isQuick = isQuick && part.count <= 64
            let sights = isQuick ? tree.sights(part) : await offload { tree.sights(part) }
            try await compare(sights)
        }
    }

    /// Compares files with the index and takes the differences in.
    ///
    /// The index isn't asked about those that have to stay the same for a while anyhow.
    func compare(_ sights: [Sight]) async throws(StoreError) {
        let now = services.now()
        var sure: [Sight] = []
        for sight in sights {
            let sight = aged(sight, now)
            if sight.evidence == .seen { wait(for: sight, now) } else { sure.append(sight) }
        }
        try await take(sure)
    }

    /// The same where it is known what is kept of them.
    func compare(_ pairs: [(Sight, FileRow?)]) async throws(StoreError) {
        let now = services.now()
        var different: [Sight] = []
        for (sight, row) in pairs {
            let sight = aged(sight, now)
            switch Difference(row, sight.facts, at: sight.path, sight.evidence, plan, now: now) {
            case .none: settling.forget(sight.path)
            case .unsure: wait(for: sight, now)
            case .change: different.append(sight)
            }
        }
        try await take(different)
    }

    /// Notes what a comparison has found.
    func settle(_ outcome: Comparison.Outcome, _ now: WallTime) {
        for path in outcome.settled { settling.forget(path) }
        for sight in outcome.unsure { wait(for: sight, now) }
        for sight in outcome.written {
            settling.note(sight.path, sight.facts, for: patience, now: .now)
        }
    }

    private var patience: Duration { max(plan.stableFor, .milliseconds(10)) }

    /// How long ago a file was changed last, where the directory's clock is this machine's.
    private func age(_ facts: FileFacts, _ now: WallTime) -> Duration {
        guard case .watching = mode else { return .zero }
        return max(.zero, now - WallTime(nanoseconds: max(facts.modified, facts.changed)))
    }

    /// What nobody has touched for long enough has settled already.
    private func aged(_ sight: Sight, _ now: WallTime) -> Sight {
        guard sight.evidence == .seen, let facts = sight.facts, age(facts, now) >= plan.stableFor
        else { return sight }
        return Sight(path: sight.path, facts: facts, evidence: .settled)
    }

    private func wait(for sight: Sight, _ now: WallTime) {
        let left = sight.facts.map { plan.stableFor - age($0, now) } ?? Settling.absence
        settling.note(sight.path, sight.facts, for: max(left, .milliseconds(1)), now: .now)
    }

    /// Those of the files that somebody still writes, or has written since they were looked at.
    func beingWritten(_ sights: [Sight]) async -> Set<FilePath> {
        guard let tree else { return [] }
        let there = sights.filter { $0.facts != nil }
        guard !isQuick || there.count > 64 else { return Self.written(there, tree) }
        return await offload { Self.written(there, tree) }
    }

    private static func written(_ sights: [Sight], _ tree: FileTree) -> Set<FilePath> {
        Set(sights.filter { isWritten($0, tree) }.map(\.path))
    }

    private static func isWritten(_ sight: Sight, _ tree: FileTree) -> Bool {
        do throws(SystemCallError) {
            let file = try tree.open(sight.path.bytes)
            if FileTree.isBeingWritten(file) == true { return true }
            // Looked at again once nobody writes: what was seen before may have been a part.
            return FileFacts(try FileTree.status(of: file)) != sight.facts
        } catch {
            // One that can't be opened is told all the same, so that its fate is known; one that is gone
            // is looked for again.
            return error.isMissing
        }
    }
}

extension FileTree {
    /// What has become of files that had to stay the same.
    fileprivate func sights(
        _ due: [(path: FilePath, facts: FileFacts?)]
    ) -> [WatchRunner.Sight] {
        due.map { path, before in
            let facts = facts(of: path)
            return WatchRunner.Sight(
                path: path,
                facts: facts,
                evidence: facts == before ? .settled : .seen
            )
        }
    }

    /// What is known of a file; `nil` where there is none with content.
    func facts(of path: FilePath) -> FileFacts? {
        status(of: path.bytes).flatMap { FileFacts($0) }
    }
}

extension FileFacts {
    /// `nil` for what isn't a file with content.
    init?(_ status: FileStatus) {
        guard status.kind == .regular else { return nil }
        self.init(
            device: status.device,
            inode: status.inode,
            size: status.size,
            modified: status.modified,
            changed: status.changed
        )
    }
}
