import FunctionModel
import GRDB
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import InvocationStore

@Suite(.serialized)
struct GroupCommitTests {
    private let clock = ManualClock()

    private func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        return try SQLiteStore(path: path) { clock.now }
    }

    private func enqueue(_ store: SQLiteStore) async throws -> InvocationID {
        let one = QueuedInvocation(function: .mail)
        let verdicts = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        #expect(verdicts == [.accepted])
        return one.id
    }

    /// Keeps the writer busy until the returned call, so that what comes meanwhile is one group.
    private func hold(_ store: SQLiteStore) async -> () -> Void {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let gate = Gate()
        store.pool.asyncWriteWithoutTransaction { _ in
            start.yield()
            gate.wait()
        }
        for await _ in started { break }
        return { gate.open() }
    }

    @Test func aCallThatWasCancelledIsNoDamage() {
        #expect(StoreError(CancellationError()) == .unavailable("the call was cancelled"))
    }

    @Test func callersShareCommits() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        _ = try await enqueue(store)
        let before = store.commits.commitCount
        let release = await hold(store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = try await self.enqueue(store) } }
            await waiting(100, store)
            release()
            try await group.waitForAll()
        }
        let used = store.commits.commitCount - before
        #expect(used == 1, "100 callers took \(used) commits")
        #expect(try await store.depths()[.mail]?.waiting == 101)
        try await store.close()
    }

    @Test func refusesMoreThanMayWait() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let release = await hold(store)
        let body = ByteBuffer(repeating: 7, count: 15 << 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let one = QueuedInvocation(function: .mail, body: body)
                    _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
                }
            }
            await waiting(4, store)
            let one = QueuedInvocation(function: .mail, body: body)
            await #expect(throws: StoreError.unavailable("too much waits to be written")) {
                _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
            }
            release()
            try await group.waitForAll()
        }
        let one = QueuedInvocation(function: .mail, body: body)
        let verdicts = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        #expect(verdicts == [.accepted], "there is room again")
        #expect(try await store.depths()[.mail]?.waiting == 5)
        try await store.close()
    }

    @Test func whoseStatementFailsFailsAlone() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let release = await hold(store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { _ = try await self.enqueue(store) } }
            group.addTask {
                await #expect(throws: StoreError.self) {
                    try await store.write { session in
                        try session.database.execute(sql: "insert into results (id) values (1)")
                    }
                }
            }
            for _ in 0..<5 { group.addTask { _ = try await self.enqueue(store) } }
            await waiting(11, store)
            release()
            try await group.waitForAll()
        }
        #expect(try await store.depths()[.mail]?.waiting == 10)
        #expect(try await store.damage().isEmpty)
        try await store.close()
    }

    @Test func booksAgreeWithTheTablesWhateverHappened() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        for number in 0..<30 {
            let id = try await enqueue(store)
            await #expect(throws: StoreError.self) {
                try await store.write { session in
                    _ = try session.cancel(id)
                    try session.database.execute(sql: "no such statement \(number)")
                }
            }
            if number % 3 == 0 { _ = try await store.cancel(id) }
        }
        let kept = try await store.depths()
        try await store.close()
        let again = try open(scratch.file)
        #expect(try await again.depths() == kept)
        #expect(kept[.mail] == QueueDepth(waiting: 20))
        try await again.close()
    }

    @Test func afterItWasClosedCallsFail() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        try await store.close()
        await #expect(throws: StoreError.self) { _ = try await self.enqueue(store) }
        await #expect(throws: StoreError.self) { _ = try await store.stored(InvocationID()) }
    }

    /// Waits until so many callers wait for a commit.
    private func waiting(_ count: Int, _ store: SQLiteStore) async {
        while store.commits.waitingCount < count { await Task.yield() }
    }
}

/// Something that one thread waits for.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() { while !isOpen.withLock({ $0 }) { sched_yield() } }
}
