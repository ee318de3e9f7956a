internal import FunctionModel

/// Everything that decides what a watch does.
struct WatchPlan: Sendable, Hashable {
    let function: FunctionName
    /// The directory's whole path.
    let directory: [UInt8]
    let patterns: [GlobPattern]
    let isRecursive: Bool
    let kinds: Set<FileChangeKind>
    let stableFor: Duration
    /// `nil` for one file that is told by itself, not as a list.
    let batch: Int?
    let parallelism: Int
    let order: FileOrder
    let action: FileAction
    let largest: Int64?
    let delivery: DeliveryOptions
    /// Whether its function may write somewhere in the directory, or have others write there.
    let mayWrite: Bool

    init(
        _ declaration: FilesTriggerDeclaration,
        of definition: FunctionDefinition,
        directory: String
    ) {
        function = definition.name
        self.directory = Array(directory.utf8)
        patterns = (declaration.matching ?? []).map { GlobPattern($0) }
        isRecursive = declaration.recursive ?? false
        kinds = declaration.changeKinds
        stableFor = .milliseconds(declaration.stableForMilliseconds ?? 500)
        batch = declaration.batch
        parallelism = declaration.parallelism ?? FilesTriggerDeclaration.mostParallel
        order = declaration.order.flatMap { FileOrder(rawValue: $0) } ?? .arrival
        action = declaration.afterwards.flatMap { FileAction(word: $0) } ?? .leave
        largest = declaration.largestBytes.map { Int64($0) }
        delivery = definition.delivery
        let permissions = definition.permissions
        let path = Permissions(read: [directory])
        let below = permissions.write.contains {
            Permissions(read: [directory]).covers(.init(read: [$0]))
        }
        mayWrite =
            permissions.subprocesses || below
            || Permissions(read: permissions.write).covers(path) && !permissions.write.isEmpty
    }

    /// Directories of the watched one that hold what has been handled.
    static let done = Array("done".utf8)
    static let failed = Array("failed".utf8)

    /// Whether a file is watched.
    func wants(_ path: FilePath) -> Bool {
        guard isRecursive || path.directory.isEmpty else { return false }
        if isOwn(path.directory) { return false }
        let isHidden = path.name.first == UInt8(ascii: ".")
        let isBackup = GlobPattern.isBackup(path.name)
        guard !patterns.isEmpty else { return !isHidden && !isBackup }
        let whole = path.bytes
        return patterns.contains { pattern in
            (!isHidden || pattern.takesHidden) && (!isBackup || pattern.takesBackups)
                && pattern.matches(whole, name: path.name)
        }
    }

    /// Whether a directory is looked into.
    func enters(_ directory: [UInt8]) -> Bool {
        directory.isEmpty || isRecursive && !isOwn(directory)
    }

    /// Whether a directory is one that the host moves files to.
    private func isOwn(_ directory: [UInt8]) -> Bool {
        guard action == .move else { return false }
        let first = Array(directory.prefix { $0 != UInt8(ascii: "/") })
        return first == Self.done || first == Self.failed
    }

    /// The turn of a file among those that wait.
    func rank(_ facts: FileFacts, now: WallTime) -> Int64 {
        switch order {
        case .arrival: now.nanoseconds
        case .name: 0
        case .oldest: facts.modified
        case .newest: -facts.modified
        }
    }
}
