internal import FunctionModel
internal import Synchronization

/// When the turn of a caller's part comes.
enum WriteTurn: Sendable {
    /// Before all that waits, in a commit without others; it meets ticks that have begun and aren't in
    /// their places.
    case urgent
    /// In its order; it meets such ticks as well, and doesn't miss them where they aren't.
    case beside
    /// In its order, with every tick in its places.
    case ordinary
    /// As what is ordinary, but by the calling thread where nothing is under way, and what it gets ready
    /// needn't wait for the disk.
    case prompt

    /// Whether it reads or writes what ticks that have begun belong to.
    var needsPlaces: Bool { self == .ordinary || self == .prompt }
}

/// One caller's part of a commit.
protocol WriteWork: Sendable {
    /// About what it keeps in memory.
    var bytes: Int { get }
    /// When its turn comes.
    var turn: WriteTurn { get }
    /// Writes.
    func perform(_ session: inout Session) throws
    /// Tells the caller: the value once it is durable, or the failure.
    func finish(failure: StoreError?)
}

final class Work<Value: Sendable>: WriteWork {
    let bytes: Int
    let turn: WriteTurn
    private let body: @Sendable (inout Session) throws -> Value
    private let reply: @Sendable (Result<Value, StoreError>) -> Void
    private let result = Mutex<Result<Value, StoreError>?>(nil)

    init(
        _ bytes: Int,
        _ turn: WriteTurn,
        _ body: @escaping @Sendable (inout Session) throws -> Value,
        reply: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        self.bytes = bytes
        self.turn = turn
        self.body = body
        self.reply = reply
    }

    func perform(_ session: inout Session) throws {
        let outcome: Result<Value, StoreError>
        do { outcome = .success(try body(&session)) } catch let error as StoreError {
            outcome = .failure(error)
        }
        result.withLock { $0 = outcome }
    }

    func finish(failure: StoreError?) {
        if let failure { return reply(.failure(failure)) }
        reply(result.withLock { $0 } ?? .failure(.unavailable("nothing was written")))
    }
}
