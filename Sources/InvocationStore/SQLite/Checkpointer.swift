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
        /// Whether the log holds commits that the disk may have lost.
        var isUnsettled = false
    }

    private let path: String
    private let connection: DatabaseQueue
    private let growth: Mutex<LogGrowth>
    /// One moves at a time: the writer waits here for a round of the thread's, which has an end.
    private let turn = Mutex(Turn())
    private let pages = Atomic<Int>(0)
    private let moved = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)

    /// Opens the connection to a file that has its log already.
    init(_ path: String, _ growth: LogGrowth) throws {
        self.path = path
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
                    guard !turn.isUnsettled else { throw Self.unsettled }
                    for _ in 0..<Self.rounds where try !self.moveOnce(database) {}
                }
            }
        } catch { throw StoreError(error) }
    }

    /// Ends the connection.
    ///
    /// - Throws: Where the log holds what the disk doesn't have: moving it would part what belongs
    ///   together, so whoever opens the file next has to find the log as it is.
    func close(_ writer: Database) throws {
        try settle(writer)
        turn.withLock { $0.isOver = true }
        try connection.close()
    }

    // MARK: Before the disk has it

    /// Has a commit made that doesn't wait for the disk, then waits for it; nothing is moved meanwhile.
    ///
    /// Returns whether it was made: where the log is being moved it isn't. Of what `commit` throws
    /// nothing has happened; any other error means that the commit stands, and may not outlast a loss
    /// of power.
    func commitPromptly(_ writer: Database, _ commit: () throws -> Void) throws -> Bool {
        let isMade: Void? = try turn.withLockIfAvailable { turn in
            guard !turn.isOver else { throw StoreError.unavailable("the store is closed") }
            turn.isUnsettled = true
            try writer.setWaitsForDisk(false)
            let result = Result { try commit() }
            try writer.setWaitsForDisk(true)
            do {
                try result.get()
            } catch {
                turn.isUnsettled = false
                throw error
            }
            do {
                try LogFile(of: writer).sync()
                turn.isUnsettled = false
            } catch { try settle(writer, &turn) }
        }
        return isMade != nil
    }

    /// Brings to the disk what a prompt commit could not; nothing else may be written before.
    func settle(_ writer: Database) throws {
        try turn.withLock { turn in
            if turn.isUnsettled { try settle(writer, &turn) }
        }
    }

    /// Writes the log anew: after a failed sync the system takes its pages for written, and the next
    /// sync would do nothing for them.
    private func settle(_ writer: Database, _ turn: inout Turn) throws {
        try writer.setWaitsForDisk(true)
        let log = try LogFile(of: writer)
        try log.rewrite()
        try log.sync()
        // The system may have dropped what it couldn't write.
        let frames = try LogCheck(beside: path)?.frames ?? 0
        guard frames >= pages.load(ordering: .relaxed) else { throw Self.unsettled }
        turn.isUnsettled = false
    }

    private static let unsettled = StoreError.unavailable(
        "the disk failed while it took the log (roost.sqlite-wal): make room or mend it; if that "
            + "doesn't help, restart the host"
    )

    /// Whether that is all for now: nothing is left, or another attempt would be in vain.
    private func move(_ database: Database) -> Bool {
        turn.withLock { turn in
            guard !turn.isOver, !turn.isUnsettled else { return true }
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
