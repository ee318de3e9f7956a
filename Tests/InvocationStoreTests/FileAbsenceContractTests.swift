import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of files that are gone.
@Suite(.serialized)
struct FileAbsenceContractTests {
    private func opened(_ kind: StoreKind) async throws -> (StoreUnderTest, Int64) {
        let test = try StoreUnderTest(kind)
        return (test, try await test.store.openWatch(of: .mail, on: Array("/srv/in".utf8)).id)
    }

    private func path(_ name: String) -> FilePath { FilePath(Array(name.utf8)) }

    private let facts = FileFacts(device: 1, inode: 1, size: 1, modified: 5, changed: 6)

    private func added(_ name: String) -> FileChange {
        FileChange(path(name), .event(.added), facts: facts)
    }

    private func batch(_ name: String) -> FileBatch {
        let invocation = QueuedInvocation(function: .mail, trigger: .file)
        return FileBatch([(path(name), 1)], invocation, .leave)
    }

    private func row(
        _ test: StoreUnderTest,
        _ watch: Int64,
        _ name: String
    ) async throws -> FileRow {
        try #require(try await test.store.files(at: [path(name)], in: watch)[0])
    }

    /// A mount that hides them for a while is no reason to handle them all once more.
    @Test(arguments: StoreKind.allCases)
    func remembersForAWeekAlsoWhatWasHandledLongAgo(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        let week = Duration.seconds(7 * 86_400)
        func forgotten() async throws -> Int {
            try await store.forgetFiles(goneSince: test.clock.now - week, limit: 9)
        }
        func apply(_ kind: FileChange.Kind) async throws {
            let change = FileChange(path("a"), kind, facts: facts)
            _ = try await store.apply([change], queueing: [], in: watch, bounds: QueueBounds())
        }
        _ = try await store.apply(
            [added("a")],
            queueing: [batch("a")],
            in: watch,
            bounds: QueueBounds()
        )
        try await store.settle(test.claimOne(.mail).lease, .succeeded())
        #expect(try await row(test, watch, "a").goneSince == nil)
        test.clock.advance(week)
        try await apply(.gone)
        #expect(try await row(test, watch, "a").goneSince == test.clock.now)
        test.clock.advance(.seconds(120))
        #expect(try await forgotten() == 0)
        try await apply(.seen(note: ""))
        #expect(try await row(test, watch, "a").goneSince == nil)
        try await apply(.gone)
        test.clock.advance(week - .seconds(1))
        #expect(try await forgotten() == 0)
        test.clock.advance(.seconds(1))
        #expect(try await forgotten() == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func remembersWhatIsHandledAfterItHasGone(kind: StoreKind) async throws {
        let (test, watch) = try await opened(kind)
        let store = test.store
        _ = try await store.apply(
            [added("a"), FileChange(path("a"), .event(.removed))],
            queueing: [],
            in: watch,
            bounds: QueueBounds()
        )
        #expect(try await row(test, watch, "a").ended == nil)
        _ = try await store.apply(
            [added("b")],
            queueing: [batch("b")],
            in: watch,
            bounds: QueueBounds()
        )
        let gone = FileChange(path("b"), .gone)
        _ = try await store.apply([gone], queueing: [], in: watch, bounds: QueueBounds())
        let then = test.clock.now
        test.clock.advance(.seconds(9))
        try await store.settle(test.claimOne(.mail).lease, .succeeded())
        #expect(try await store.forgetFiles(goneSince: then, limit: 9) == 1)
        #expect(try await row(test, watch, "b").goneSince == then)
        #expect(try await store.forgetFiles(goneSince: test.clock.now, limit: 9) == 1)
    }
}
