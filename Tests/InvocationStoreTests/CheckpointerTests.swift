import Foundation
import FunctionModel
import GRDB
import NIOCore
import Testing

@testable import InvocationStore

struct CheckpointerTests {
    private let clock = ManualClock()
    private static let pageSize = 4_096

    private func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        let growth = LogGrowth(least: 40, most: 160, pause: 20)
        return try SQLiteStore(path: path, growth: growth) { clock.now }
    }

    /// Commits something of about so many pages.
    private func commit(_ store: SQLiteStore, pages: Int) async throws {
        let body = ByteBuffer(repeating: 7, count: pages * Self.pageSize)
        let one = QueuedInvocation(function: .mail, body: body)
        let verdicts = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        try #require(verdicts == [.accepted])
    }

    private func logBytes(_ scratch: Scratch) throws -> Int {
        let path = scratch.file + "-wal"
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return try #require(size)
    }

    @Test func commitsLeaveALogThatStaysShort() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        for _ in 0..<200 { try await commit(store, pages: 8) }
        #expect((store.checkpointer?.count ?? 0) > 0)
        #expect(store.checkpointer?.failures == 0)
        // 160 pages, and what one commit and one round of the thread's add to that.
        #expect(try logBytes(scratch) < 400 * Self.pageSize)
        #expect(try await store.depths()[.mail]?.waiting == 200)
        #expect(try await store.damage() == [])
        try await store.close()
    }

    @Test func aReaderOfAnOldCommitHoldsUpNoCommit() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        try await commit(store, pages: 1)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let gate = Gate()
        let reader = Task {
            try await store.pool.read { database in
                _ = try database.number("select count(*) from entries")
                start.yield()
                gate.wait()
                return try database.number("select count(*) from entries")
            }
        }
        for await _ in started { break }
        for _ in 0..<60 { try await commit(store, pages: 8) }
        gate.open()
        // It has seen one moment throughout.
        #expect(try await reader.value == 1)
        let longest = try logBytes(scratch)
        #expect(longest > 400 * Self.pageSize)
        // Without the reader the log begins anew, and what is beyond isn't written again.
        for _ in 0..<60 { try await commit(store, pages: 8) }
        #expect(try logBytes(scratch) <= longest + 60 * Self.pageSize)
        #expect(try await store.depths()[.mail]?.waiting == 121)
        try await store.close()
    }

    @Test func movesNothingOnceItIsClosed() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        try await commit(store, pages: 100)
        try await store.close()
        await #expect(throws: StoreError.self) { try await store.checkpoint() }
        // Everything lies in one file.
        #expect(try logBytes(scratch) == 0)
    }
}
