internal import FunctionModel
internal import GRDB
internal import Synchronization

/// The one writer: what concurrent callers ask for while a commit is under way goes into the next
/// one together, so that many share the wait for the disk.
///
/// A caller hears of a success only after the commit that holds it.
final class GroupCommit: Sendable {
    private enum Bounds {
        /// The most that one commit holds.
        static let group = 256
        /// How many ticks one commit puts in their places, so that others may begin in between.
        static let placed = 256
        /// The most that may wait; more is refused, so that memory stays bounded.
        static let waiting = 16_384
        /// The most that payloads, results and values which wait may take.
        static let bytes = ByteCount.mebibytes(64).bytes
    }

    private struct Pending {
        var work: [any WriteWork] = []
        /// What goes before all of it, each in a commit of its own.
        var urgent: [any WriteWork] = []
        /// How many ticks have begun and aren't in their places.
        var begun = 0
        /// Whether some are being put there; where that fails, whoever waits for it hears why.
        var isPlacing = false
        /// What takes memory until its commit is over.
        var bytes = 0
        var isDraining = false

        /// One that finds nothing before it is taken whatever it has.
        func hasRoom(_ more: Int) -> Bool {
            guard work.count + urgent.count < Bounds.waiting else { return false }
            return more == 0 || bytes == 0 || bytes <= Bounds.bytes - more
        }

        /// What the next commit holds; `nil` when nothing waits.
        mutating func take() -> [any WriteWork]? {
            if !urgent.isEmpty { return [urgent.removeFirst()] }
            guard let first = work.first else { return nil }
            guard begun > 0, first.turn == .beside || begun > Bounds.placed && !isPlacing else {
                return takeWork(work.prefix(Bounds.group).count)
            }
            let others = work.prefix(Bounds.group).prefix { $0.turn == .beside }
            guard others.isEmpty else { return takeWork(others.count) }
            isPlacing = true
            return [Work(0, .beside, { try $0.placeBegun(upTo: Bounds.placed) }, reply: { _ in })]
        }

        /// Takes so much, whatever has begun.
        private mutating func takeWork(_ count: Int) -> [any WriteWork] {
            defer { work.removeFirst(count) }
            return Array(work.prefix(count))
        }

        /// So many have begun and aren't in their places since the last commit.
        mutating func note(begun: Int) {
            if begun < self.begun { isPlacing = false }
            self.begun = begun
        }
    }

    private let pool: DatabasePool
    private let checkpointer: Checkpointer?
    private let now: @Sendable () -> WallTime
    private let givenUp: GivenUp
    private let pending = Mutex(Pending())
    /// What the writer knows without asking the database; `nil` until it has been read.
    private let books = Mutex<Books?>(nil)
    private let listener = Mutex(EndListener())
    private let committed = Atomic<Int>(0)

    init(
        _ pool: DatabasePool,
        _ checkpointer: Checkpointer?,
        now: @escaping @Sendable () -> WallTime,
        givenUp: @escaping GivenUp = { _ in [] }
    ) {
        self.pool = pool
        self.checkpointer = checkpointer
        self.now = now
        self.givenUp = givenUp
    }

    /// Runs `body` inside a commit and returns its value when that commit is durable.
    ///
    /// A body that throws a `StoreError` must not have written anything: the others' commit goes on.
    /// `bytes` is about what it keeps in memory while it waits, and what refusing it would free.
    /// What is prompt is committed by the calling thread, which may wait for the disk, unless another
    /// commit is under way: no second thread has to be woken for it.
    func write<Value: Sendable>(
        bytes: Int = 0,
        turn: WriteTurn = .ordinary,
        _ body: @escaping @Sendable (inout Session) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            submit(Work(bytes, turn, body) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// Tells of ends from now on, when their commit is durable.
    func observeEnds(_ observer: @escaping EndObserver) {
        listener.withLock { $0.tell = observer }
    }

    /// Has somebody take what becomes ready from now on.
    func setTaker(_ taker: any ReadyTaker) { listener.withLock { $0.taker = taker } }

    /// How many commits have been made.
    var commitCount: Int { committed.load(ordering: .relaxed) }

    /// How many callers wait for a commit that hasn't begun.
    var waitingCount: Int { pending.withLock { $0.work.count + $0.urgent.count } }

    /// Whether ticks have begun that readers don't see yet.
    var hasBegun: Bool { pending.withLock { $0.begun > 0 } }

    private func submit(_ work: any WriteWork) {
        let (isAccepted, isFirst) = pending.withLock { pending in
            guard pending.hasRoom(work.bytes) else { return (false, false) }
            if work.turn == .urgent {
                pending.urgent.append(work)
            } else {
                pending.work.append(work)
            }
            pending.bytes += work.bytes
            defer { pending.isDraining = true }
            return (true, !pending.isDraining)
        }
        guard isAccepted else {
            return work.finish(failure: .unavailable("too much waits to be written"))
        }
        guard isFirst else { return }
        if work.turn == .prompt {
            pool.writeWithoutTransaction { _ = commitNext($0) }
            // Others have come meanwhile: this thread isn't kept for them.
            guard isLeft else { return }
        }
        pool.asyncWriteWithoutTransaction { database in
            while self.commitNext(database) {}
        }
    }

    /// Whether more waits; where nothing does, the next one who submits sees to it.
    private var isLeft: Bool {
        pending.withLock { pending in
            pending.isDraining = !pending.work.isEmpty || !pending.urgent.isEmpty
            return pending.isDraining
        }
    }

    private func commitNext(_ database: Database) -> Bool {
        guard let group = takeGroup() else { return false }
        commit(group, database)
        checkpointer?.committed(database)
        return true
    }

    private func takeGroup() -> ArraySlice<any WriteWork>? {
        pending.withLock { pending in
            let group = pending.take()
            if group == nil { pending.isDraining = false }
            return group.map { $0[...] }
        }
    }

    /// Commits a group.
    ///
    /// One whose statement fails is found by committing each alone; when the disk fails all fail.
    private func commit(_ group: ArraySlice<any WriteWork>, _ database: Database) {
        do {
            try attempt(group, database)
            finish(group, failure: nil)
        } catch {
            let failure = StoreError(error)
            if group.count > 1, !Self.isDiskFailure(error) {
                for index in group.indices { commit(group[index...index], database) }
            } else {
                finish(group, failure: failure)
            }
        }
    }

    /// Tells the callers; there is room for others by then.
    private func finish(_ group: ArraySlice<any WriteWork>, failure: StoreError?) {
        let bytes = group.reduce(0) { $0 + $1.bytes }
        if bytes > 0 { pending.withLock { $0.bytes -= bytes } }
        for work in group { work.finish(failure: failure) }
    }

    private func attempt(_ group: ArraySlice<any WriteWork>, _ database: Database) throws {
        let kept = books.withLock { books in
            // Taken out, so that a change isn't a copy.
            defer { books = nil }
            return books
        }
        var session = Session(database: database, now: now(), books: try kept ?? Books(database))
        session.givenUp = givenUp
        session.isAlone = group.count == 1
        let listener = listener.withLock { $0 }
        session.taker = listener.taker
        defer { books.withLock { $0 = session.books } }
        try checkpointer?.settle(database)
        if try !commitPromptly(group, database, &session) {
            try transact(group, database, &session)
            begin(&session)
        }
        if !session.ends.isEmpty { listener.tell(session.ends) }
        let begun = session.books.ticks.count
        pending.withLock { $0.note(begun: begun) }
    }

    /// Commits what is prompt so that it begins before the disk has it; whether that was possible.
    private func commitPromptly(
        _ group: ArraySlice<any WriteWork>,
        _ database: Database,
        _ session: inout Session
    ) throws -> Bool {
        guard let checkpointer, group.allSatisfy({ $0.turn == .prompt }) else { return false }
        return try checkpointer.commitPromptly(database) {
            try transact(group, database, &session)
            begin(&session)
            Failpoint.beforeSync.pass()
        }
    }

    private func transact(
        _ group: ArraySlice<any WriteWork>,
        _ database: Database,
        _ session: inout Session
    ) throws {
        do {
            try database.transact {
                for work in group {
                    if work.turn.needsPlaces { try session.placeBegun() }
                    try work.perform(&session)
                }
                try session.takeReady()
                Failpoint.beforeCommit.pass()
            }
        } catch {
            session.books.undo()
            throw error
        }
        Failpoint.afterCommit.pass()
        committed.add(1, ordering: .relaxed)
    }

    /// Before all else what was taken may begin.
    private func begin(_ session: inout Session) {
        if !session.ready.isEmpty || session.taken != nil {
            session.taker?.ready(session.ready, session.taken)
        }
        session.books.confirm()
    }

    private static func isDiskFailure(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN,
            .SQLITE_READONLY, .SQLITE_NOMEM, .SQLITE_PROTOCOL:
            return true
        default: return false
        }
    }
}

extension StoreError {
    /// What a failure of the database means for whoever called.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(error.message ?? "the file")
            case .SQLITE_TOOBIG: self = .tooLarge("a value")
            default: self = .unavailable(error.message ?? "error \(error.resultCode.rawValue)")
            }
        // Who waited for it has gone; nothing is wrong with what is stored.
        case is CancellationError: self = .unavailable("the call was cancelled")
        default: self = .corrupt(String(describing: error))
        }
    }
}
