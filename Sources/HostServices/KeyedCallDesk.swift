public import FunctionModel
internal import NIOCore
internal import Synchronization

/// Makes calls that someone waits for once under each key, by the ledger of the store.
///
/// Those that come while a call is under way wait for it here, in memory; a call that another host
/// had begun, which died, can only be waited for from outside, until the time is over in which it could
/// have ended.
public final class KeyedCallDesk: KeyedCalls {
    private struct UnderWay {
        let id: InvocationID
        let fingerprint: String
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private struct State {
        var calls: [IdempotencyKey: UnderWay] = [:]
        var next = 0
    }

    private enum Place {
        case taken
        case mismatch(InvocationID)
        case join(AsyncStream<Void>)
    }

    /// The largest reply that is kept.
    public static let largestReply = ByteCount.mebibytes(1)

    private let ledger: any IdempotencyLedger
    private let lifetime: Duration
    private let now: @Sendable () -> WallTime
    private let longest: @Sendable (FunctionName) -> Duration
    private let state = Mutex(State())

    /// Makes a desk.
    ///
    /// - Parameters:
    ///   - ledger: Keeps keys and replies.
    ///   - lifetime: How long a key is known after its call.
    ///   - now: The time of day.
    ///   - longest: How long a call of a function may take, waiting included.
    public init(
        ledger: any IdempotencyLedger,
        lifetime: Duration,
        now: @escaping @Sendable () -> WallTime,
        longest: @escaping @Sendable (FunctionName) -> Duration
    ) {
        self.ledger = ledger
        self.lifetime = lifetime
        self.now = now
        self.longest = longest
    }

    /// Begins a call, or joins the one that is under way under its key and waits for its end.
    public func begin(_ call: KeyedCall) async throws(StoreError) -> KeyedStart {
        while true {
            switch place(for: call) {
            case .mismatch(let id): return .mismatch(id)
            case .join(let end):
                for await _ in end {}
                // Nobody waits any more; what is said now is heard by nobody.
                if Task.isCancelled { return .underWay(call.id) }
            case .taken:
                do throws(StoreError) {
                    let start = try await ask(call)
                    if case .first = start { return start }
                    leave(call)
                    return start
                } catch {
                    leave(call)
                    throw error
                }
            }
        }
    }

    private func ask(_ call: KeyedCall) async throws(StoreError) -> KeyedStart {
        let claim = IdempotencyClaim(
            key: call.key,
            fingerprint: call.fingerprint,
            expires: now() + longest(call.key.function)
        )
        switch try await ledger.begin(claim, for: call.id) {
        case .first: return .first
        case .running(let id): return .underWay(id)
        case .mismatch(let id): return .mismatch(id)
        case .ended(let id, nil): return .unkept(id)
        case .ended(let id, let result?):
            return result.error?.kind == Self.unkept ? .unkept(id) : .replay(id, result)
        }
    }

    /// Ends a call that was `first`.
    ///
    /// What the store can't take now is answered all the same: the key is known until the time of the
    /// call is over.
    public func end(_ call: KeyedCall, _ result: InvocationResult, isWhole: Bool) async {
        do throws(StoreError) {
            if result.isFinal {
                var kept = result
                if !isWhole || result.body.readableBytes > Self.largestReply.bytes {
                    kept = InvocationResult(
                        outcome: .succeeded,
                        error: InvocationError(kind: Self.unkept, message: "the reply isn't kept")
                    )
                }
                try await ledger.finish(
                    call.key,
                    for: call.id,
                    result: kept,
                    expires: now() + lifetime
                )
            } else {
                try await ledger.forget(call.key, for: call.id)
            }
        } catch {}
        leave(call)
    }

    /// Marks a reply that isn't kept.
    private static let unkept = "replyNotKept"

    private func place(for call: KeyedCall) -> Place {
        state.withLock { state in
            guard let found = state.calls[call.key] else {
                state.calls[call.key] = UnderWay(id: call.id, fingerprint: call.fingerprint)
                return .taken
            }
            guard found.fingerprint == call.fingerprint else { return .mismatch(found.id) }
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            state.next += 1
            let number = state.next
            state.calls[call.key]?.waiting[number] = continuation
            continuation.onTermination = { [weak self] _ in self?.giveUp(call.key, number) }
            return .join(stream)
        }
    }

    private func giveUp(_ key: IdempotencyKey, _ number: Int) {
        state.withLock { $0.calls[key]?.waiting[number] = nil }
    }

    /// Frees the key, and wakes those who wait for its call: they ask the ledger.
    private func leave(_ call: KeyedCall) {
        let waiting = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            guard let found = state.calls[call.key], found.id == call.id else { return [] }
            state.calls[call.key] = nil
            return Array(found.waiting.values)
        }
        for continuation in waiting { continuation.finish() }
    }
}
