internal import FunctionModel

/// Which watches take files from each other: both are told of the same, and what is moved or deleted
/// after one of them the other may not find.
struct SharedFiles: Sendable {
    /// Two such watches.
    struct Pair: Sendable, Hashable {
        let one: WatchKey
        let other: WatchKey

        /// What to say of them.
        var words: String {
            "\(one.place) and \(other.place) are told of the same files, and what is moved or deleted "
                + "after one of them, the other may not find: narrow what is matched, or let only one "
                + "watch there"
        }
    }

    /// So many pairs are told at most.
    private static let most = 100

    /// All pairs, the later watch of each behind the earlier one.
    private(set) var pairs: Set<Pair> = []

    /// Looks for them.
    init(_ plans: [WatchPlan] = []) {
        var patience = GlobPattern.patience
        let takers = plans.filter { $0.action != .leave }
        for taker in takers {
            for plan in plans where pairs.count < Self.most {
                let (key, other) = (WatchKey(taker), WatchKey(plan))
                let pair = Pair(one: min(key, other), other: max(key, other))
                guard key != other, !pairs.contains(pair),
                    taker.meets(plan, patience: &patience)
                else { continue }
                pairs.insert(pair)
            }
        }
    }

    /// What to say of a watch.
    func warnings(about watch: WatchKey) -> [String] {
        pairs.filter { $0.one == watch || $0.other == watch }.map(\.words).sorted()
    }
}

extension WatchKey {
    fileprivate var place: String { "\(function) on \(String(decoding: directory, as: UTF8.self))" }
}

extension WatchPlan {
    /// Whether there may be a file that both are told of while it is there.
    func meets(_ other: WatchPlan, patience: inout Int) -> Bool {
        guard hearsOfFiles, other.hearsOfFiles else { return false }
        guard directory.count <= other.directory.count else {
            return other.meets(self, patience: &patience)
        }
        guard let steps = steps(to: other.directory), enters(steps) else { return false }
        for pattern in ownPatterns {
            for second in other.ownPatterns {
                let second = (second, other.isRecursive)
                let isMet = pattern.meets(
                    isDeep: isRecursive,
                    second,
                    in: steps,
                    patience: &patience
                )
                if isMet { return true }
            }
        }
        return false
    }

    private var hearsOfFiles: Bool { !kinds.isDisjoint(with: [.added, .changed]) }

    /// Without any, all that is neither hidden nor a backup.
    private var ownPatterns: [GlobPattern] { patterns.isEmpty ? [GlobPattern("*")] : patterns }

    /// The way from this directory to one in it; empty for itself, `nil` where it lies elsewhere.
    private func steps(to lower: [UInt8]) -> [UInt8]? {
        if lower == directory { return [] }
        let slash = UInt8(ascii: "/")
        let start = directory.last == slash ? directory : directory + [slash]
        return lower.starts(with: start) ? Array(lower.dropFirst(start.count)) : nil
    }
}
