/// A call that someone waits for, under an idempotency key.
public struct KeyedCall: Sendable, Hashable {
    /// Names the invocation.
    public var id: InvocationID
    /// The key, with the function and the caller that it belongs to.
    public var key: IdempotencyKey
    /// Stands for the request.
    public var fingerprint: String

    /// Describes a call.
    public init(id: InvocationID, key: IdempotencyKey, fingerprint: String) {
        self.id = id
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What a call under a key meets.
public enum KeyedStart: Sendable {
    /// Nobody has made it: make it, then say `end`, whatever becomes of it.
    case first
    /// It was made, and this is its reply.
    case replay(InvocationID, InvocationResult)
    /// It was made, and its reply isn't kept: it was streamed, or too large, or is gone.
    case unkept(InvocationID)
    /// It is under way where it can't be joined: queued, or begun by a host that died.
    case underWay(InvocationID)
    /// The key stands for another request.
    case mismatch(InvocationID)
}

/// Makes calls that someone waits for once under each key.
///
/// Implemented by `HostServices`.
public protocol KeyedCalls: Sendable {
    /// Begins a call, or joins the one that is under way under its key and waits for its end.
    ///
    /// - Throws: `StoreError`; nothing was begun then, and nothing may be run.
    func begin(_ call: KeyedCall) async throws(StoreError) -> KeyedStart

    /// Ends a call that was `first`; when this returns, its reply can be given again, if it is one to
    /// keep.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - result: Its whole result.
    ///   - isWhole: False where the reply was streamed: then it is only kept that there was one.
    func end(_ call: KeyedCall, _ result: InvocationResult, isWhole: Bool) async
}

extension InvocationResult {
    /// Whether a call that ended so is over: that it is made again would not help, or would do it
    /// twice.
    ///
    /// What another attempt may cure is forgotten, so that the same key can be used for it.
    public var isFinal: Bool {
        switch outcome {
        case .succeeded: status < 500 && status != 408 && status != 429
        case .failed: error.map { !$0.retryable } ?? (status < 500)
        case .crashed, .timedOut, .cpuExceeded, .memoryExceeded, .cancelled, .rejected, .lost:
            false
        }
    }
}
