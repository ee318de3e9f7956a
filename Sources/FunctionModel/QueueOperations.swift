public import NIOCore

/// What operators ask about work that lasts: the queue, dead letters, the store.
public protocol QueueOperations: Sendable {
    /// Queues an invocation of a function, and returns its id once it is durable.
    ///
    /// - Throws: `HostOperationError` when there is no such function, or the store can't take it.
    func enqueue(
        _ function: String,
        payload: ByteBuffer,
        contentType: String,
        wishes: DeliveryWishes
    ) async throws -> InvocationID

    /// Queues the invocations that a document lists, all or none, as `InvocationBatch` reads it.
    ///
    /// - Throws: `HostOperationError` with the place of the first mistake, or when the store can't
    ///   take them.
    func enqueue(batch: ByteBuffer) async throws -> [QueuedInvocationView]

    /// Queues one invocation for each function that wants one of the events, all in one commit.
    ///
    /// - Throws: `HostOperationError` when the store can't take them; nobody hears of them then.
    func publish(_ events: [EmittedEvent]) async throws -> [EventReceipt]

    /// Returns a queued invocation; `nil` when nothing is kept of one.
    func stored(_ id: InvocationID) async throws -> StoredInvocationView?

    /// Lists dead letters, the oldest first; `after` is where an earlier part ended.
    func deadLetters(
        function: String?,
        after: String?,
        limit: Int
    ) async throws -> DeadLetterPage

    /// Returns a dead letter with its payload; `nil` when there is none.
    func deadLetter(_ id: InvocationID) async throws -> DeadLetterView?

    /// Queues dead letters again, and returns how many.
    ///
    /// - Throws: `HostOperationError` when one that is named isn't there; all stay as they are then.
    func redrive(_ choice: DeadLetterChoice) async throws -> Int

    /// Removes dead letters for good, and returns how many.
    ///
    /// - Throws: `HostOperationError` when one that is named isn't there; all stay as they are then.
    func purge(_ choice: DeadLetterChoice) async throws -> Int

    /// Writes a consistent copy of the store to a file of the host's machine.
    func backup(to path: String) async throws
}

/// One invocation of a batch that was taken.
public struct QueuedInvocationView: Sendable, Hashable, Codable {
    /// Names it.
    public var id: InvocationID
    /// `waiting`, or `known` where its idempotency key stood for this invocation already.
    public var state: String

    /// Shows one.
    public init(id: InvocationID, state: String) {
        self.id = id
        self.state = state
    }
}

/// Which dead letters: exactly one of ids, a function or all.
public struct DeadLetterChoice: Sendable, Hashable, Codable {
    /// These.
    public var ids: [InvocationID]?
    /// Those of a function, by its full or short name.
    public var function: String?
    /// All.
    public var all: Bool?
    /// How many are started in a second, when they are queued again; `nil` for all at once.
    public var perSecond: Double?

    /// Chooses dead letters.
    public init(
        ids: [InvocationID]? = nil,
        function: String? = nil,
        all: Bool? = nil,
        perSecond: Double? = nil
    ) {
        self.ids = ids
        self.function = function
        self.all = all
        self.perSecond = perSecond
    }
}
