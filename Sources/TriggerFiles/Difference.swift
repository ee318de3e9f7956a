internal import FunctionModel

/// How much is known of a file that was found.
enum Evidence: Sendable, Hashable {
    /// Its writer has closed it, or it was moved in whole.
    case complete
    /// It is there, and whoever writes it may still do so.
    case seen
    /// It has stayed the same for as long as it has to.
    case settled
}

/// What the index and the directory say about one file, put side by side: every cause of a look, be it
/// an event, an overflow, a start or a poll, ends here.
enum Difference: Sendable, Hashable {
    /// None that matters.
    case none
    /// There is one, and it has to be looked at again before it is told.
    case unsure
    /// It is to be kept, and told where it is an event.
    case change(FileChange)

    /// Compares.
    ///
    /// - Parameters:
    ///   - row: What is kept.
    ///   - facts: What is there; `nil` for nothing.
    ///   - path: Where.
    ///   - evidence: How sure that is.
    ///   - plan: What is wanted.
    ///   - now: The time of day.
    init(
        _ row: FileRow?,
        _ facts: FileFacts?,
        at path: FilePath,
        _ evidence: Evidence,
        _ plan: WatchPlan,
        now: WallTime
    ) {
        let before = row.flatMap { $0.isPresent ? $0 : nil }
        guard let facts else {
            self = before == nil ? .none : Self.removal(path, evidence, plan, now)
            return
        }
        if let row, row.isBack(facts), plan.action == .leave, !plan.kinds.contains(.removed) {
            self = .change(FileChange(path, .seen(note: ""), facts: facts))
            return
        }
        let kind: FileChangeKind
        if let before {
            guard
                !before.facts.hasSameContent(as: facts)
                    || evidence == .complete && Self.mayHide(before, facts, plan, now)
            else {
                self = .none
                return
            }
            kind = .changed
        } else {
            kind = .added
        }
        guard evidence != .seen else {
            self = .unsure
            return
        }
        self = .change(Self.arrival(kind, path, facts, plan, now))
    }

    /// How long the kernel's clock may stand still; two writes within leave the same time.
    private static let tick = Duration.milliseconds(10)
    /// How soon a second write may be closed to be thought one within the tick of the first.
    private static let soon = Duration.seconds(1)

    /// Whether the times of a file may not show that it was written again; its writer does.
    ///
    /// So it is on a file system without a clock, and where the last look was within the tick of the last
    /// change. Where files have to settle for less than a tick such a close may be the one of the change.
    private static func mayHide(
        _ row: FileRow,
        _ facts: FileFacts,
        _ plan: WatchPlan,
        _ now: WallTime
    ) -> Bool {
        guard facts.modified > 0 else { return true }
        let age = row.found - WallTime(nanoseconds: facts.modified)
        return plan.stableFor > tick && age >= .zero && age < tick && now - row.found < soon
    }

    private static func removal(
        _ path: FilePath,
        _ evidence: Evidence,
        _ plan: WatchPlan,
        _ now: WallTime
    ) -> Difference {
        // Many programs replace a file by removing it first.
        guard evidence != .seen else { return .unsure }
        let isWanted = plan.kinds.contains(.removed)
        return .change(
            FileChange(path, isWanted ? .event(.removed) : .gone, rank: now.nanoseconds)
        )
    }

    private static func arrival(
        _ kind: FileChangeKind,
        _ path: FilePath,
        _ facts: FileFacts,
        _ plan: WatchPlan,
        _ now: WallTime
    ) -> FileChange {
        guard plan.kinds.contains(kind) else {
            return FileChange(path, .seen(note: ""), facts: facts)
        }
        if let largest = plan.largest, facts.size > largest {
            let note = "\(facts.size) bytes, and no more than \(largest) are told of"
            return FileChange(path, .seen(note: note), facts: facts)
        }
        let rank = plan.rank(facts, now: now)
        return FileChange(path, .event(kind), facts: facts, rank: rank)
    }
}

extension FileRow {
    /// Whether a file that wasn't there is the one that has been handled, and nobody has touched it: a
    /// mount has hidden it for a while.
    fileprivate func isBack(_ facts: FileFacts) -> Bool {
        !isPresent && (succeeded != nil || state == .queued || state == .ignored)
            && facts.hasSameContent(as: self.facts) && facts.changed == self.facts.changed
    }
}
