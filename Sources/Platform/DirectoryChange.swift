/// What happened to a name in a watched directory.
public enum DirectoryChange: Sendable, Hashable {
    /// It came to be, or its owner or mode changed; somebody may still be writing it.
    case appeared(String)
    /// It was closed after writing, or moved in whole.
    case completed(String)
    /// It was deleted or moved out.
    case gone(String)
    /// Anything may have happened: list the directory and compare.
    case rescan
}

/// Changes that nobody has taken yet: one per name, and so many names at most.
///
/// Beyond the bound, names are forgotten in favour of one rescan.
struct PendingChanges {
    private var byName: [String: DirectoryChange] = [:]
    private var wantsRescan = false
    private let limit: Int

    init(limit: Int = 4_096) { self.limit = limit }

    /// Remembers a change.
    mutating func note(_ change: DirectoryChange) {
        guard !wantsRescan else { return }
        switch change {
        case .appeared(let name):
            // A completed file that also changed its mode is no less complete.
            if byName[name] != .completed(name) { byName[name] = change }
        case .completed(let name), .gone(let name): byName[name] = change
        case .rescan: wantsRescan = true
        }
        if byName.count > limit { wantsRescan = true }
        if wantsRescan { byName.removeAll() }
    }

    /// Hands over what was remembered, and forgets it.
    mutating func take() -> [DirectoryChange] {
        defer {
            byName.removeAll(keepingCapacity: true)
            wantsRescan = false
        }
        return wantsRescan ? [.rescan] : Array(byName.values)
    }
}
