import FunctionModel
import Testing

@testable import TriggerFiles

/// What is decided on files within the commit that takes it in.
struct ComparisonTests {
    private static let now = WallTime(seconds: 1_000)
    private static let watch = FileWatch(id: 7, function: .sample, directory: Array("/in".utf8))

    private func sight(_ name: String, _ size: Int64? = 5) -> WatchRunner.Sight {
        let facts = size.map {
            FileFacts(device: 1, inode: UInt64($0), size: $0, modified: $0, changed: $0)
        }
        return WatchRunner.Sight(
            path: FilePath(Array(name.utf8)),
            facts: facts,
            evidence: .complete
        )
    }

    private func comparison(
        _ sights: [WatchRunner.Sight],
        _ plan: WatchPlan = .sample(),
        written: Set<FilePath> = [],
        running: Int = 0,
        hasBacklog: Bool = false,
        loop: LoopGuard = LoopGuard(isNeeded: false, stableFor: .zero)
    ) -> Comparison {
        Comparison(
            plan: plan,
            watch: Self.watch,
            sights: sights,
            written: written,
            now: Self.now,
            running: running,
            hasBacklog: hasBacklog,
            loop: loop
        )
    }

    private func known(_ sight: WatchRunner.Sight) throws -> FileRow {
        let facts = try #require(sight.facts)
        var row = FileRow(path: sight.path, facts: facts, found: Self.now)
        row.state = .done
        row.generation = 1
        return row
    }

    @Test func queuesWhatIsNewAndForgetsWhatIsKnown() throws {
        let (new, old) = (sight("new"), sight("old"))
        let decision = comparison([new, old]).decide([nil, try known(old)])
        #expect(decision.changes.map(\.path) == [new.path])
        #expect(decision.batches.map { $0.files.map(\.path) } == [[new.path]])
        #expect(decision.batches[0].files[0].generation == 1)
        #expect(decision.batches[0].invocation.idempotency == nil)
        #expect(decision.rest.settled == [new.path, old.path])
        #expect(decision.rest.events == [.added: 1])
        #expect(!decision.rest.leavesBacklog)
    }

    @Test func leavesWhatIsStillWrittenForLater() {
        let half = sight("half")
        let decision = comparison([half], written: [half.path]).decide([nil])
        #expect(decision.changes.isEmpty)
        #expect(decision.rest.written == [half])
        #expect(!decision.rest.leavesBacklog)
    }

    /// What has to wait for its turn is noted all the same, by the same commit.
    @Test(arguments: [(1, false), (0, true)])
    func queuesNothingOutOfTurn(running: Int, hasBacklog: Bool) {
        let plan = WatchPlan.sample { $0.parallelism = 1 }
        let decision = comparison([sight("a")], plan, running: running, hasBacklog: hasBacklog)
            .decide([nil])
        #expect(decision.changes.count == 1)
        #expect(decision.batches.isEmpty)
        #expect(decision.rest.leavesBacklog)
    }

    @Test func queuesNothingWhileTheWatchIsHeld() {
        var loop = LoopGuard(isNeeded: true, stableFor: .zero)
        for _ in 0...LoopGuard.deepest {
            loop.found(whileRunning: true, now: .now)
            loop.started()
        }
        let decision = comparison([sight("a")], running: 1, loop: loop).decide([nil])
        #expect(decision.batches.isEmpty)
        #expect(decision.rest.leavesBacklog)
    }

    @Test func aFileInHandIsToldWhenItsInvocationHasEnded() throws {
        let again = sight("a", 6)
        var row = try known(sight("a"))
        row.queue(InvocationID(), .leave)
        let decision = comparison([again], running: 1).decide([row])
        #expect(decision.changes.count == 1)
        #expect(decision.batches.isEmpty)
        #expect(!decision.rest.leavesBacklog)
    }

    @Test func putsManyFilesIntoBatchesInTheirOrder() {
        let plan = WatchPlan.sample {
            $0.batch = 2
            $0.order = "oldest"
        }
        let sights = [sight("c", 3), sight("a", 1), sight("b", 2)]
        let decision = comparison(sights, plan).decide([nil, nil, nil])
        let names = decision.batches.map { $0.files.map(\.path.text) }
        #expect(names == [["a", "b"], ["c"]])
    }
}
