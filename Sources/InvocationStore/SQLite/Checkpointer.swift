internal import FunctionModel
internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// Moves what commits leave in the log into the file, over a connection and on a thread of its own, so
/// that no commit waits for that.
///
/// **Invariant:** nothing acknowledged depends on it. A commit is durable because the log is synced; the
/// log begins anew only after the file has been synced as well. Where moving fails, the disk being full
/// or at fault, everything stays in the log and is read from there, and the next attempt comes when it
/// has grown further; the log itself can take nothing more when that disk is full, and commits fail.
final class Checkpointer: Sendable {
    /// How often what came meanwhile is moved as well, so that the log can begin anew.
    private static let rounds = 4

    private struct Turn: Sendable {
        var isOver = false
    }

    private let connection: DatabaseQueue
    private let growth: Mutex<LogGrowth>
    /// One moves at a time: the writer waits here for a round of the thread's, which has an end.
    private let turn = Mutex(Turn())
    private let pages = Atomic<Int>(0)
    private let moved = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)

    /// Opens the connection to a file that has its log already.
    init(_ path: String, _ growth: LogGrowth) throws {
        self.growth = Mutex(growth)
        var configuration = Configuration()
        configuration.label = "roost.store.checkpoint"
        configuration.busyMode = .timeout(5)
        connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.inDatabase { database in
            try database.execute(sql: "pragma synchronous = full")
            // This one commits nothing; who does is told by the writer.
            try database.execute(sql: "pragma wal_autocheckpoint = 0")
        }
    }

    /// How often it has moved something.
    var count: Int { moved.load(ordering: .relaxed) }

    /// How often it could not.
    var failures: Int { failed.load(ordering: .relaxed) }

    /// Is told by a connection how long each of its commits has left the log, and keeps it from moving
    /// anything by itself.
    ///
    /// It has to outlast the connection's last commit.
    func listen(to database: Database) {
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                let checkpointer = Unmanaged<Checkpointer>.fromOpaque(context)
                checkpointer.takeUnretainedValue().pages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// Looks after a commit, on the writer's thread, when everyone has been told of it.
    func committed(_ writer: Database) {
        let pages = pages.load(ordering: .relaxed)
        switch growth.withLock({ $0.committed(pages: pages) }) {
        case .none: return
        case .now: _ = move(writer)
        case .beside:
            connection.asyncWriteWithoutTransaction { database in
                for _ in 0..<Self.rounds where !self.move(database) {}
                self.growth.withLock { $0.moved() }
            }
        }
    }

    /// Moves all that is there now, as far as readers of earlier commits let it.
    ///
    /// - Throws: `unavailable` when the file can't be written.
    func move() async throws(StoreError) {
        do {
            try await connection.writeWithoutTransaction { database in
                try self.turn.withLock { turn in
                    guard !turn.isOver else { throw StoreError.unavailable("the store is closed") }
                    for _ in 0..<Self.rounds where try !self.moveOnce(database) {}
                }
            }
        } catch { throw StoreError(error) }
    }

    /// Ends the connection.
    func close() throws {
        turn.withLock { $0.isOver = true }
        try connection.close()
    }

    /// Whether that is all for now: nothing is left, or another attempt would be in vain.
    private func move(_ database: Database) -> Bool {
        turn.withLock { turn in
            guard !turn.isOver else { return true }
            do { return try moveOnce(database) } catch {
                failed.add(1, ordering: .relaxed)
                return true
            }
        }
    }

    /// Moves what is there now; whether nothing is left.
    private func moveOnce(_ database: Database) throws -> Bool {
        do {
            let (all, done) = try database.checkpoint(.passive)
            moved.add(1, ordering: .relaxed)
            return done >= all
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // The writer was just noting where the log ends.
            return false
        }
    }
}
