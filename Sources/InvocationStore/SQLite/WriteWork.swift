internal import FunctionModel
internal import Synchronization

/// One caller's part of a commit.
protocol WriteWork: Sendable {
    /// About what it keeps in memory.
    var bytes: Int { get }
    /// Whether it goes before others.
    var isUrgent: Bool { get }
    /// Whether what it gets ready needn't wait for the disk.
    var isPrompt: Bool { get }
    /// Writes.
    func perform(_ session: inout Session) throws
    /// Tells the caller: the value once it is durable, or the failure.
    func finish(failure: StoreError?)
}

final class Work<Value: Sendable>: WriteWork {
    let bytes: Int
    let isUrgent: Bool
    let isPrompt: Bool
    private let body: @Sendable (inout Session) throws -> Value
    private let reply: @Sendable (Result<Value, StoreError>) -> Void
    private let result = Mutex<Result<Value, StoreError>?>(nil)

    init(
        _ bytes: Int,
        _ isUrgent: Bool,
        _ isPrompt: Bool,
        _ body: @escaping @Sendable (inout Session) throws -> Value,
        reply: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        self.bytes = bytes
        self.isUrgent = isUrgent
        self.isPrompt = isPrompt
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
