import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// What every store promises to whoever takes what becomes ready.
@Suite(.serialized)
struct ReadyTakerContractTests {
    /// Takes as many of one function as it was told, and notes what it hears.
    private final class Taker: ReadyTaker {
        private let count: Int
        let heard = Mutex<[(functions: Set<FunctionName>, taken: TakenReady?)]>([])

        init(_ count: Int) { self.count = count }

        func wish(for functions: Set<FunctionName>, upTo limit: Int?) -> ClaimRequest? {
            guard count > 0 else { return nil }
            let allowance = ClaimAllowance(count: count, lease: .seconds(30))
            return ClaimRequest(holder: "taker", allowances: [.mail: allowance])
        }

        func ready(_ functions: Set<FunctionName>, _ taken: TakenReady?) {
            heard.withLock { $0.append((functions, taken)) }
        }

        var claimed: [InvocationID] {
            heard.withLock { $0 }.flatMap { $0.taken?.report.claimed ?? [] }.map(\.invocation.id)
        }
    }

    private func mails(_ count: Int) -> [QueuedInvocation] {
        (0..<count).map { _ in QueuedInvocation(function: .mail) }
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsQueuedIsClaimedByTheSameCommit(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let taker = Taker(2)
        test.store.setTaker(taker)
        let queued = mails(3) + [QueuedInvocation(function: .bill)]
        _ = try await test.store.enqueue(queued, bounds: QueueBounds(), allOrNone: true)
        #expect(taker.claimed == queued.prefix(2).map(\.id))
        #expect(taker.heard.withLock { $0.map(\.functions) } == [[.mail, .bill]])
        let depths = try await test.store.depths()
        #expect(depths[.mail]?.running == 2)
        #expect(depths[.mail]?.waiting == 1)
        #expect(depths[.bill]?.waiting == 1)
        // Its leases are good: it can end what it took, and nobody else gets that.
        let taken = try #require(taker.heard.withLock { $0.first?.taken })
        for claim in taken.report.claimed {
            #expect(claim.attempt == 1)
            try await test.store.settle(claim.lease, .succeeded())
        }
        #expect(try await test.claim(.mail).claimed.map(\.invocation.id) == [queued[2].id])
    }

    @Test(arguments: StoreKind.allCases)
    func hearsOfWhatItDoesNotTake(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let taker = Taker(0)
        test.store.setTaker(taker)
        _ = try await test.store.enqueue(mails(1), bounds: QueueBounds(), allOrNone: false)
        #expect(taker.heard.withLock { $0.map(\.functions) } == [[.mail]])
        #expect(taker.heard.withLock { $0.allSatisfy { $0.taken == nil } })
        #expect(try await test.claim(.mail).claimed.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func hearsNothingOfWhatIsRefusedOrWaitsForItsTime(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let taker = Taker(8)
        test.store.setTaker(taker)
        var later = QueuedInvocation(function: .mail)
        later.delivery.notBefore = test.clock.now + .seconds(60)
        _ = try await test.store.enqueue([later], bounds: QueueBounds(), allOrNone: false)
        let none = QueueBounds(perFunction: 1, total: 1)
        let verdicts = try await test.store.enqueue(mails(1), bounds: none, allOrNone: false)
        #expect(verdicts == [.queueFull])
        #expect(taker.heard.withLock { $0.isEmpty })
    }

    @Test(arguments: StoreKind.allCases)
    func takesTheNextOfAnOrderingKeyWithTheEndOfTheOneBefore(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let taker = Taker(8)
        test.store.setTaker(taker)
        var pair = mails(2)
        for index in pair.indices { pair[index].delivery.orderingKey = "one" }
        _ = try await test.store.enqueue(pair, bounds: QueueBounds(), allOrNone: true)
        #expect(taker.claimed == [pair[0].id])
        let first = try #require(taker.heard.withLock { $0.first?.taken?.report.claimed.first })
        try await test.store.settle(first.lease, .succeeded())
        #expect(taker.claimed == pair.map(\.id))
    }

    @Test(arguments: StoreKind.allCases)
    func takesTheFilesThatACommitNotes(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let taker = Taker(1)
        test.store.setTaker(taker)
        let (watch, path, id) = try await note(in: test)
        #expect(taker.claimed == [id])
        #expect(try await test.store.files(of: id).map(\.row.path) == [path])
        #expect(try await test.store.depths()[.mail]?.running == 1)
        let claim = try #require(taker.heard.withLock { $0.first?.taken?.report.claimed.first })
        #expect(claim.attempt == 1)
        #expect(claim.invocation.body == ByteBuffer(string: "a"))
        #expect(claim.lease.expires == test.clock.now + .seconds(30))
        // Its lease is good, and it is nobody else's meanwhile.
        #expect(try await test.claim(.mail).claimed.isEmpty)
        try await test.store.settle(claim.lease, .succeeded())
        #expect(try await test.store.fileCounts(of: watch) == [.done: 1])
    }

    @Test(arguments: StoreKind.allCases)
    func whatWaitedBeforeGoesBeforeAFile(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let before = try await test.accept(.mail)
        let taker = Taker(1)
        test.store.setTaker(taker)
        let (_, _, id) = try await note(in: test)
        #expect(taker.claimed == [before])
        #expect(try await test.claim(.mail).claimed.map(\.invocation.id) == [id])
    }

    /// Notes a file, and queues what handles it.
    private func note(
        in test: StoreUnderTest
    ) async throws -> (watch: Int64, FilePath, InvocationID) {
        let watch = try await test.store.openWatch(of: .mail, on: Array("/srv".utf8)).id
        let path = FilePath(Array("a".utf8))
        let facts = FileFacts(device: 1, inode: 2, size: 3, modified: 4, changed: 5)
        let handling = QueuedInvocation(function: .mail, body: ByteBuffer(string: "a"))
        _ = try await test.store.apply(
            [FileChange(path, .event(.added), facts: facts)],
            queueing: [FileBatch([(path, 1)], handling, .leave)],
            in: watch,
            bounds: QueueBounds()
        )
        return (watch, path, handling.id)
    }
}
