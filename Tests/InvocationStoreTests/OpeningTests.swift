import Foundation
import FunctionModel
import GRDB
import NIOCore
import Testing

@testable import InvocationStore

@Suite(.serialized)
struct OpeningTests {
    private let clock = ManualClock()

    private func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        return try SQLiteStore(path: path) { clock.now }
    }

    private func expectUnusable(_ path: String, _ word: String) {
        do {
            _ = try open(path)
            Issue.record("\(path) was opened")
        } catch let error as StoreError {
            guard case .unusable(let why) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(why.contains(word))
        } catch { Issue.record(error) }
    }

    @Test func everyCommitWaitsForTheDisk() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let synchronous = try await store.pool.writeWithoutTransaction {
            try Int.fetchOne($0, sql: "pragma synchronous")
        }
        let journal = try await store.pool.read {
            try String.fetchOne($0, sql: "pragma journal_mode")
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
        try await store.close()
    }

    @Test func filesFromBeforeTheirChecksumsAreKept() async throws {
        let scratch = try Scratch()
        let queue = try DatabaseQueue(path: scratch.file)
        try Schema.migrator.migrate(queue, upTo: "5 files")
        try await queue.write { database in
            try database.execute(
                sql: """
                    pragma application_id = \(Schema.applicationID);
                    insert into fileWatches values (1, 'shop.mail', x'2f');
                    with recursive n (i) as (select 1000 union all select i + 1 from n where i < 2200)
                    insert into files select 1, x'', cast(i as blob), 1, i, 3, 4, 5, 3, 1, 1, 0, 1, 0,
                        null, 0, 1, 6, 7, '' from n
                    """
            )
        }
        try queue.close()
        // To look at it doesn't bring it up to date.
        #expect(throws: StoreError.self) {
            try Stores.reading(scratch.file) { WallTime(seconds: 0) }
        }
        let store = try open(scratch.file)
        #expect(try await store.damage() == [])
        #expect(try await store.fileCounts(of: 1) == [.done: 1_201])
        let rows = try await store.files(at: [FilePath(Array("2200".utf8))], in: 1)
        #expect(rows[0]?.facts.inode == 2_200)
        #expect(rows[0]?.succeeded == true)
        try await store.close()
    }

    /// Nothing tells since when they have been gone: their week begins with the first new host.
    @Test func filesThatAreGoneAlreadyAreRememberedFromNowOn() async throws {
        let scratch = try Scratch()
        let queue = try DatabaseQueue(path: scratch.file)
        try Schema.migrator.migrate(queue, upTo: "5 files")
        try await queue.write { database in
            try database.execute(
                sql: """
                    pragma application_id = \(Schema.applicationID);
                    insert into fileWatches values (1, 'shop.mail', x'2f');
                    with recursive n (i) as (select 1000 union all select i + 1 from n where i < 2200)
                    insert into files select 1, x'', cast(i as blob), 1, i, 3, 4, 5, 3, 1, i = 1000, 0,
                        1, 0, null, 0, 1, 6, 7, '' from n
                    """
            )
        }
        try Schema.migrator.migrate(queue, upTo: "7 file digests")
        try await queue.write { database in
            try database.execute(sql: "update files set size = 4 where name = cast(2000 as blob)")
        }
        try queue.close()
        let store = try open(scratch.file)
        #expect(try await store.damage().count == 1)
        let paths = [1_000, 1_001, 2_200].map { FilePath(Array("\($0)".utf8)) }
        let rows = try await store.files(at: paths, in: 1)
        #expect(rows.map { $0?.ended } == Array(repeating: WallTime(nanoseconds: 7), count: 3))
        #expect(rows.map { $0?.goneSince == nil } == [true, false, false])
        let years = WallTime(seconds: 50 * 365 * 86_400)
        #expect(rows.compactMap { $0?.goneSince }.allSatisfy { $0 > years })
        #expect(try await store.forgetFiles(goneSince: years, limit: 9_999) == 0)
        try await store.close()
    }

    @Test func whatWasAcceptedIsThereAfterwards() async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let one = QueuedInvocation(function: .mail, body: ByteBuffer(string: "kept"))
        _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        let grant = try await store.lock("l", in: .host("h"), for: .seconds(1))
        try await store.close()
        store = try open(scratch.file)
        #expect(try await store.stored(one.id)?.state == .waiting(notBefore: nil))
        #expect(try await store.depths() == [.mail: QueueDepth(waiting: 1)])
        clock.advance(.seconds(1))
        let next = try #require(await store.lock("l", in: .host("h"), for: .seconds(1)))
        #expect(next.token > grant?.token ?? .max, "tokens go on after a restart")
        #expect(store.findings.isEmpty)
        #expect(try await store.damage().isEmpty)
        try await store.close()
    }

    @Test func whatAnEarlierVersionWroteGoesOn() async throws {
        let scratch = try Scratch()
        let (dead, done) = (InvocationID(), InvocationID())
        let pool = try DatabasePool(path: scratch.file)
        try Schema.migrator.migrate(pool, upTo: "2 state sizes")
        try await pool.write { database in
            try database.execute(sql: "pragma application_id = \(Schema.applicationID)")
            for (sequence, id, phase) in [(1, dead, 5), (2, done, 4)] {
                try database.execute(
                    sql: """
                        insert into entries values (?, ?, 'shop.mail', null, 0, 0, ?, 1, 1, 1, 1, 9,
                            '', 0, null, null, 0, 0)
                        """,
                    arguments: [sequence, id.data, phase]
                )
                try database.execute(
                    sql: """
                        insert into results values (?, 'failed', null, '', null, null, x'', 1, 128, 0)
                        """,
                    arguments: [id.data]
                )
            }
        }
        try pool.close()
        let store = try open(scratch.file)
        let kept = try await store.pool.read { database in
            try Data.fetchAll(database, sql: "select id from results where isDead = 1")
        }
        #expect(kept == [dead.data])
        #expect(try await store.depths() == [.mail: QueueDepth(dead: 1)])
        try await store.close()
    }

    @Test(arguments: ["text that is no database", String(repeating: "x", count: 5_000)])
    func refusesWhatIsNoDatabase(text: String) throws {
        let scratch = try Scratch()
        try Data(text.utf8).write(to: URL(filePath: scratch.file))
        expectUnusable(scratch.file, "doesn't begin as a SQLite database")
        #expect(FileManager.default.contents(atPath: scratch.file) == Data(text.utf8))
    }

    @Test func refusesAnotherProgramsDatabase() throws {
        let scratch = try Scratch()
        let other = try DatabaseQueue(path: scratch.file)
        try other.write { try $0.execute(sql: "create table theirs (a)") }
        try other.close()
        expectUnusable(scratch.file, "another program")
    }

    @Test func refusesWhatANewerVersionWrote() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        try await store.pool.write { database in
            try database.execute(sql: "insert into grdb_migrations values ('99 later')")
        }
        try await store.close()
        expectUnusable(scratch.file, "newer version")
    }

    @Test func refusesADirectoryThatIsNotThere() throws {
        let scratch = try Scratch()
        expectUnusable(scratch.path + "/none/roost.sqlite", "none/roost.sqlite")
    }

    @Test func backsUpWhileWorkGoesOn() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let kept = try await enqueue(200, store)
        async let more = enqueue(200, store)
        let copy = scratch.path + "/copy.sqlite"
        try await store.backup(to: copy)
        // Another one in its place, and what a host that died has left in its way.
        try "torn".write(toFile: "\(copy).part", atomically: false, encoding: .utf8)
        try await store.backup(to: copy)
        _ = try await more
        try await store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(files.filter { $0.hasPrefix("copy") } == ["copy.sqlite"])
        #expect(try mode(copy) == 0o600)
        let restored = try open(copy)
        #expect(try await restored.damage().isEmpty)
        for id in kept { #expect(try await restored.stored(id) != nil) }
        try await restored.close()
    }

    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    @Test func aBackupRemovesNothingButAFile() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let copy = scratch.path + "/copy.sqlite"
        let inside = "\(copy).part/precious"
        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
        await #expect(throws: StoreError.self) { try await store.backup(to: copy) }
        #expect(FileManager.default.fileExists(atPath: inside))
        try await store.close()
    }

    /// Payloads, results and state are nobody else's business, also where the home is open.
    @Test func onlyItsUserReadsIt() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        _ = try await enqueue(1, store)
        for name in ["", "-wal", "-shm"] { #expect(try mode(scratch.file + name) == 0o600) }
        try await store.close()
        try #require(chmod(scratch.file, 0o644) == 0)
        let again = try open(scratch.file)
        #expect(try mode(scratch.file) == 0o600)
        try await again.close()
    }

    @Test func aBackupThatFailsLeavesTheOldOne() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let path = scratch.path + "/none/copy.sqlite"
        await #expect(throws: StoreError.self) { try await store.backup(to: path) }
        try await store.close()
    }

    private func enqueue(_ count: Int, _ store: SQLiteStore) async throws -> [InvocationID] {
        var ids: [InvocationID] = []
        for _ in 0..<count {
            let one = QueuedInvocation(
                function: .mail,
                body: ByteBuffer(repeating: 7, count: 2_000)
            )
            _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
            ids.append(one.id)
        }
        return ids
    }
}
