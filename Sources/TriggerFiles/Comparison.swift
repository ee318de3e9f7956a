internal import FunctionModel

/// Puts files that were looked at beside what is kept of them, and decides what becomes of them; the
/// store asks it within the commit that takes the decision in.
struct Comparison: Sendable {
    /// What a file is worth beside changes and batches.
    struct Outcome: Sendable, Equatable {
        /// Nothing more is to be waited for.
        var settled: [FilePath] = []
        /// To be looked at again.
        var unsure: [WatchRunner.Sight] = []
        /// Somebody still writes them.
        var written: [WatchRunner.Sight] = []
        /// How many events of each kind are told.
        var events: [FileChangeKind: Int] = [:]
        /// Whether there are events that nothing has been queued for.
        var leavesBacklog = false
    }

    let plan: WatchPlan
    let watch: FileWatch
    let sights: [WatchRunner.Sight]
    /// Those of them that somebody still writes, or has written since they were looked at.
    let written: Set<FilePath>
    let now: WallTime
    /// The same, as the watch counts pauses.
    var instant = ContinuousClock.now
    /// How many invocations of the watch are under way.
    let running: Int
    /// Whether others wait already.
    let hasBacklog: Bool
    let loop: LoopGuard

    /// Decides, given what is kept of each file.
    func decide(_ rows: [FileRow?]) -> FileDecision<Outcome> {
        var outcome = Outcome()
        var changes: [FileChange] = []
        var told: [FileRow] = []
        for (sight, row) in zip(sights, rows) {
            let difference = Difference(
                row,
                sight.facts,
                at: sight.path,
                sight.evidence,
                plan,
                now: now
            )
            switch difference {
            case .none: outcome.settled.append(sight.path)
            case .unsure: outcome.unsure.append(sight)
            case .change where written.contains(sight.path): outcome.written.append(sight)
            case .change(let change):
                outcome.settled.append(sight.path)
                changes.append(change)
                guard case .event(let kind) = change.kind else { continue }
                outcome.events[kind, default: 0] += 1
                if let row = change.applied(to: row, now: now) { told.append(row) }
            }
        }
        let batches = queued(told)
        outcome.leavesBacklog = !outcome.events.isEmpty && batches == nil
        return FileDecision(changes, queueing: batches ?? [], outcome)
    }

    /// What handles the events; `nil` where they have to wait for their turn.
    private func queued(_ rows: [FileRow]) -> [FileBatch]? {
        var loop = loop
        if !rows.isEmpty { loop.found(whileRunning: running > 0, now: instant) }
        let room = (plan.parallelism - running) * (plan.batch ?? 1)
        guard !hasBacklog, loop.verdict == .free, rows.count <= room else { return nil }
        let waiting = rows.filter { $0.state == .pending }
        return plan.batches(
            waiting.sorted { ($0.rank, $0.path) < ($1.rank, $1.path) },
            of: watch
        )
    }
}
