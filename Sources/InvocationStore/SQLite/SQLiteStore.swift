internal import FunctionModel
internal import GRDB

/// The store in one SQLite file: one writer that groups commits, readers that don't wait for it.
///
/// **Invariant:** nothing is acknowledged before `fsync` of the commit that holds it has returned. Only
/// what a prompt commit gets ready begins sooner, by as long as that takes.
final class SQLiteStore: DurableStore, StoreUpkeep {
    let pool: DatabasePool
    let findings: [String]
    let commits: GroupCommit
    /// `nil` where the file is only looked at.
    let checkpointer: Checkpointer?
    private let now: @Sendable () -> WallTime

    /// Opens the file, or creates it; its directory must exist.
    ///
    /// - Throws: `unusable` with the reason when the file isn't a store of this program's, or the
    ///   system can't keep the store's promises there.
    init(
        path: String,
        growth: LogGrowth = LogGrowth(),
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) throws(StoreError) {
        do {
            try FileHeader.check(path)
            let log = try LogCheck(beside: path)
            var told = log?.isDamaged == true ? ["\(path)-wal is damaged: commits are lost"] : []
            pool = try Opening.open(path)
            let lost = try Self.placeLeftBehind(pool, now())
            if lost > 0 { told.append("\(path): \(lost) ticks that had begun are damaged") }
            findings = told
            let checkpointer = try Checkpointer(path, growth)
            pool.writeWithoutTransaction { checkpointer.listen(to: $0) }
            self.checkpointer = checkpointer
        } catch let error as StoreError { throw error } catch {
            throw .unusable("\(path): \(error)")
        }
        commits = GroupCommit(pool, checkpointer, now: now, givenUp: givenUp)
        self.now = now
    }

    /// Opens a file that is there to look at it, also while a host has it: nothing in it is changed.
    ///
    /// A host remembers what it has written, so another that wrote there would mislead it.
    ///
    /// - Throws: `unusable` with the reason when it can't be read as it is.
    init(reading path: String, now: @escaping @Sendable () -> WallTime) throws(StoreError) {
        do {
            try FileHeader.check(path)
            pool = try Opening.openForReading(path)
        } catch let error as StoreError { throw error } catch {
            throw .unusable("\(path): \(error)")
        }
        findings = []
        checkpointer = nil
        commits = GroupCommit(pool, nil, now: now)
        self.now = now
    }

    /// Puts ticks in their places that had begun when the host ended; returns how many are damaged.
    private static func placeLeftBehind(_ pool: DatabasePool, _ now: WallTime) throws -> Int {
        try pool.write { database in
            try Session(database: database, now: now, books: Books()).placeLeftBehind()
        }
    }

    /// Runs work in the next commit, which takes about so much memory until then.
    func write<Value: Sendable>(
        bytes: Int = 0,
        turn: WriteTurn = .ordinary,
        _ body: @escaping @Sendable (inout Session) throws -> Value
    ) async throws(StoreError) -> Value {
        try await commits.write(bytes: bytes, turn: turn, body)
    }

    /// Reads the latest commit.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Session) throws -> Value
    ) async throws(StoreError) -> Value {
        let time = now()
        if commits.hasBegun {
            // What has begun is to be read as well; where it can't be now, the rest is.
            do { try await write { _ in } } catch {}
        }
        do {
            return try await pool.read { database in
                try body(Session(database: database, now: time, books: Books()))
            }
        } catch { throw StoreError(error) }
    }
}
