import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of watched directories.
@Suite(.serialized)
struct FileContractTests {
    private static let root = Array("/srv/in".utf8)

    private func opened(_ kind: StoreKind) async throws -> (StoreUnderTest, Int64) {
        let test = try StoreUnderTest(kind)
        return (test, try await test.store.openWatch(of: .mail, on: Self.root).id)
    }

    private func facts(_ size: Int64) -> FileFacts {
        FileFacts(device: 1, inode: UInt64(size), size: size, modified: 5, changed: 6)
    }

    private func added(_ name: String, _ size: Int64 = 1, rank: Int64 = 0) -> FileChange {
        FileChange(FilePath(Array(name.utf8)), .event(.added), facts: facts(size), rank: rank)
    }

    private func batch(
        _ name: String,
        _ generation: Int = 1,
        _ action: FileAction = .leave
    )
        -> FileBatch
    {
        var invocation = QueuedInvocation(function: .mail, trigger: .file)
        invocation.body = ByteBuffer(string: name)
        return FileBatch([(FilePath(Array(name.utf8)), generation)], invocation, action)
    }

    private func row(
        _ test: StoreUnderTest,
        _ watch: Int64,
        _ name: String
    ) async throws -> FileRow {
        let rows = try await test.store.files(at: [FilePath(Array(name.utf8))], in: watch)
        return try #require(rows.first ?? nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aWatchKeepsItsNumber(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        #expect(try await test.store.openWatch(of: .mail, on: Self.root).id == watch)
        let other = try await test.store.openWatch(of: .bill, on: Self.root)
        #expect(other.id != watch)
        #expect(try await test.store.watches().map(\.id) == [watch, other.id])
    }

    @Test(arguments: StoreKind.allCases)
    func givesBackWhatItWasTold(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let path = FilePath(directory: [0xff, 0x2f, 0x01], name: [0xfe, 0x0a])
        var facts = facts(9)
        facts.inode = .max
        let change = FileChange(path, .event(.added), facts: facts, rank: -7)
        let verdicts = try await test.store.apply(
            [change],
            queueing: [],
            in: watch,
            bounds: QueueBounds()
        )
        #expect(verdicts == [])
        let row = try #require(try await test.store.files(at: [path], in: watch)[0])
        var wanted = FileRow(path: path, facts: facts, found: test.clock.now)
        wanted.state = .pending
        wanted.generation = 1
        wanted.rank = -7
        #expect(row == wanted)
        #expect(try await test.store.files(at: [FilePath([1])], in: watch) == [nil])
    }

    @Test(arguments: StoreKind.allCases)
    func oneCommitNotesAFileAndQueuesWhatHandlesIt(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let batch = batch("a")
        let verdicts = try await test.store.apply(
            [added("a")],
            queueing: [batch],
            in: watch,
            bounds: QueueBounds()
        )
        #expect(verdicts == [.accepted])
        #expect(try await row(test, watch, "a").state == .queued)
        let claimed = try await test.claimOne(.mail)
        #expect(claimed.invocation.id == batch.invocation.id)
        let rows = try await test.store.files(of: claimed.invocation.id)
        #expect(rows.map(\.row.path.text) == ["a"])
        #expect(rows.map(\.watch) == [watch])
        try await test.store.settle(claimed.lease, .succeeded())
        let after = try await row(test, watch, "a")
        #expect(after.state == .done)
        #expect(after.succeeded == true)
        #expect(after.ended == test.clock.now)
        #expect(try await test.store.files(of: claimed.invocation.id).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func withholdsWhatHasChangedSinceItWasRead(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        _ = try await store.apply([added("a")], queueing: [], in: watch, bounds: QueueBounds())
        let verdicts = try await store.apply(
            [added("a", 2)],
            queueing: [batch("a", 1), batch("a", 2), batch("a", 2), batch("b")],
            in: watch,
            bounds: QueueBounds()
        )
        #expect(verdicts == [.withheld, .accepted, .withheld, .withheld])
        #expect(try await test.claim(.mail).claimed.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func aFullQueueLeavesTheFileWaiting(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let verdicts = try await test.store.apply(
            [added("a"), added("b")],
            queueing: [batch("a"), batch("b")],
            in: watch,
            bounds: QueueBounds(perFunction: 1, total: 1)
        )
        #expect(verdicts == [.accepted, .queueFull])
        #expect(try await row(test, watch, "b").state == .pending)
    }

    @Test(arguments: StoreKind.allCases)
    func whatChangesWhileItRunsWaitsForTheEnd(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        _ = try await store.apply(
            [added("a")],
            queueing: [batch("a", 1, .delete)],
            in: watch,
            bounds: QueueBounds()
        )
        let claimed = try await test.claimOne(.mail)
        let path = FilePath(Array("a".utf8))
        let change = FileChange(path, .event(.changed), facts: facts(3))
        _ = try await store.apply([change], queueing: [], in: watch, bounds: QueueBounds())
        #expect(try await row(test, watch, "a").state == .queued)
        try await store.settle(claimed.lease, .succeeded())
        let after = try await row(test, watch, "a")
        // It isn't deleted: what was handled is not what is there.
        #expect(after.state == .pending)
        #expect(after.kind == .changed)
        #expect(after.facts.size == 3)
        #expect(after.generation == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func aDeadLetterMarksItsFile(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        _ = try await store.apply(
            [added("a"), added("b")],
            queueing: [batch("a"), batch("b", 1, .move)],
            in: watch,
            bounds: QueueBounds()
        )
        for claimed in try await test.claim(.mail).claimed {
            let result = InvocationResult(outcome: .failed)
            try await store.settle(claimed.lease, Settlement(.dead(.permanent), result: result))
        }
        let (left, moved) = (try await row(test, watch, "a"), try await row(test, watch, "b"))
        #expect(left.state == .failed)
        #expect(left.note == "permanent")
        #expect(moved.state == .acting)
        #expect(moved.succeeded == false)
        let settled = FileChange(moved.path, .settled(isPresent: false, note: "moved to failed"))
        _ = try await store.apply([settled], queueing: [], in: watch, bounds: QueueBounds())
        #expect(try await row(test, watch, "b").state == .failed)
    }

    @Test(arguments: StoreKind.allCases)
    func aRedrivenDeadLetterThatSucceedsMarksItsFileAsDone(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        _ = try await test.store.apply(
            [added("a")],
            queueing: [batch("a")],
            in: watch,
            bounds: QueueBounds()
        )
        let first = try await test.claimOne(.mail)
        let dead = Settlement(.dead(.permanent), result: InvocationResult(outcome: .failed))
        try await test.store.settle(first.lease, dead)
        #expect(try await test.store.redrive(.all, Redrive()) == 1)
        let second = try await test.claimOne(.mail)
        #expect(try await test.store.files(of: second.invocation.id).count == 1)
        try await test.store.settle(second.lease, .succeeded())
        #expect(try await row(test, watch, "a").state == .done)
    }

    @Test(arguments: StoreKind.allCases)
    func listsInTheOrdersThatAreAskedFor(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        let names = [("b/2", 5), ("b/1", 9), ("a", 7), ("b/c/3", 1), ("bb/4", 2)]
        let changes = names.map { added($0.0, rank: Int64($0.1)) }
        _ = try await store.apply(changes, queueing: [], in: watch, bounds: QueueBounds())
        func texts(_ rows: [FileRow]) -> [String] { rows.map(\.path.text) }
        let pending = FileQuery(watch: watch, state: .pending, limit: 3)
        #expect(texts(try await store.files(pending)) == ["b/c/3", "bb/4", "b/2"])
        let all = FileQuery(watch: watch, limit: 3)
        let first = try await store.files(all)
        #expect(texts(first) == ["a", "b/1", "b/2"])
        let rest = FileQuery(watch: watch, after: first.last?.path)
        #expect(texts(try await store.files(rest)) == ["b/c/3", "bb/4"])
        let inside = try await store.files(
            inDirectory: Array("b".utf8),
            of: watch,
            after: Array("1".utf8),
            limit: 9
        )
        #expect(texts(inside) == ["b/2"])
        let below = try await store.directories(
            below: Array("b".utf8),
            of: watch,
            after: nil,
            limit: 9
        )
        #expect(below.map { String(decoding: $0, as: UTF8.self) } == ["b", "b/c"])
        #expect(try await store.directories(below: [], of: watch, after: nil, limit: 9).count == 4)
        #expect(try await store.fileCounts(of: watch) == [.pending: 5])
    }

    @Test(arguments: StoreKind.allCases)
    func forgetsOnlyWhatHasLongBeenGone(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        let gone = FileChange(FilePath(Array("a".utf8)), .gone)
        _ = try await store.apply(
            [added("a"), added("b"), gone],
            queueing: [],
            in: watch,
            bounds: QueueBounds()
        )
        #expect(try await store.forgetFiles(goneSince: test.clock.now - .seconds(1), limit: 9) == 0)
        #expect(try await store.forgetFiles(goneSince: test.clock.now, limit: 9) == 1)
        #expect(try await store.fileCounts(of: watch) == [.pending: 1])
    }
}
