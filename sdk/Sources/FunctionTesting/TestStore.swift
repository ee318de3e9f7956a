internal import CFunctionABI
internal import Synchronization

/// What a test host keeps for the functions of a plugin, in memory: values, locks, queued calls.
///
/// By the rules of the real store, on the fake clock, which begins at 1970 here.
final class TestStore: Sendable {
    /// What a request is answered with.
    struct Answer: Sendable {
        var status: UInt32
        var body: [UInt8] = []
        var problem = ""
        var number: Int64 = 0
        var expires: Int64 = 0
    }

    private struct Key: Hashable {
        let function: String
        let name: String
    }

    private struct Value {
        var bytes: [UInt8]
        var version: Int64
        var expires: Int64?
    }

    private struct State {
        var values: [Key: Value] = [:]
        var locks: [Key: (token: Int64, expires: Int64)] = [:]
        var last: Int64 = 0
        var queued: [TestQueuedCall] = []
        var emitted: [TestEmittedEvent] = []

        mutating func next() -> Int64 {
            last += 1
            return last
        }
    }

    private static let largestKey = 1_024
    private static let largestValue = 1 << 20

    private let contents = Mutex(State())

    /// The values of a function that haven't expired.
    func values(of function: String, at now: Duration) -> [String: [UInt8]] {
        contents.withLock { state in
            var found: [String: [UInt8]] = [:]
            for (key, value) in state.values
            where key.function == function && value.expires ?? .max > now.nanoseconds {
                found[key.name] = value.bytes
            }
            return found
        }
    }

    /// Writes a value before a test.
    func put(_ bytes: [UInt8], under name: String, of function: String) {
        contents.withLock { state in
            let version = state.next()
            state.values[Key(function: function, name: name)] = Value(
                bytes: bytes,
                version: version
            )
        }
    }

    // MARK: Values

    func state(
        _ request: roost_state_request,
        of function: String,
        at now: Duration
    ) -> Answer {
        let key = Key(function: function, name: request.key.text)
        let bytes = [UInt8](request.value.span)
        if let refusal = Self.refusal(key.name, bytes.count) { return refusal }
        let (operation, expected) = (request.operation, request.expected)
        let expires = request.ttl_ns > 0 ? now.nanoseconds + request.ttl_ns : nil
        return contents.withLock { state in
            if let found = state.values[key], found.expires ?? .max <= now.nanoseconds {
                state.values[key] = nil
            }
            let present = state.values[key]
            if operation == UInt32(ROOST_STATE_GET) { return Self.answer(present, key.name) }
            if expected >= 0, expected != present?.version ?? 0 {
                return Answer(
                    status: 409,
                    problem: "'\(key.name)' has another version",
                    number: present?.version ?? 0
                )
            }
            if operation == UInt32(ROOST_STATE_REMOVE) {
                state.values[key] = nil
                return Answer(status: 204, number: present?.version ?? 0)
            }
            let version = state.next()
            state.values[key] = Value(bytes: bytes, version: version, expires: expires)
            return Answer(status: 204, number: version)
        }
    }

    private static func answer(_ value: Value?, _ key: String) -> Answer {
        guard let value else {
            return Answer(status: 404, problem: "there is no value under '\(key)'")
        }
        return Answer(
            status: 200,
            body: value.bytes,
            number: value.version,
            expires: value.expires ?? 0
        )
    }

    private static func refusal(_ name: String, _ size: Int) -> Answer? {
        if name.isEmpty { return Answer(status: 400, problem: "the key is empty") }
        if name.utf8.count > largestKey || size > largestValue {
            return Answer(status: 413, problem: "'\(name.prefix(40))' or its value is too large")
        }
        return nil
    }

    // MARK: Locks

    func lock(
        _ request: TestLockRequest,
        of function: String,
        at now: Duration
    ) -> Answer {
        let key = Key(function: function, name: request.name)
        if let refusal = Self.refusal(key.name, 0) { return refusal }
        let expires = now.nanoseconds + request.lifetime
        return contents.withLock { state in
            var held = state.locks[key]
            if let present = held, present.expires <= now.nanoseconds { held = nil }
            if request.operation == UInt32(ROOST_LOCK_ACQUIRE) {
                guard held == nil else {
                    return Answer(status: 409, problem: "another invocation has '\(key.name)'")
                }
                let token = state.next()
                state.locks[key] = (token, expires)
                return Answer(status: 200, number: token, expires: expires)
            }
            guard held?.token == request.token else {
                return Answer(status: 410, problem: "the lock is lost")
            }
            guard request.operation == UInt32(ROOST_LOCK_RENEW) else {
                state.locks[key] = nil
                return Answer(status: 204)
            }
            state.locks[key] = (request.token, expires)
            return Answer(status: 200, number: request.token, expires: expires)
        }
    }

    // MARK: What goes out

    /// Keeps a queued call; one with a known idempotency key gives the first one's id.
    func accept(_ call: TestQueuedCall, called function: String) -> Answer {
        contents.withLock { state in
            let known = state.queued.first {
                $0.idempotencyKey == call.idempotencyKey && $0.function == call.function
                    && call.idempotencyKey != nil
            }
            if let known { return Answer(status: 202, body: Array(known.id.utf8)) }
            var call = call
            call.id = "queued-\(state.next())"
            state.queued.append(call)
            return Answer(status: 202, body: Array(call.id.utf8))
        }
    }

    /// Keeps an event.
    func accept(_ event: TestEmittedEvent) -> Answer {
        contents.withLock { state in
            state.emitted.append(event)
            let id = event.attributes["id"] ?? "event-\(state.next())"
            return Answer(status: 202, body: Array(id.utf8))
        }
    }

    var queued: [TestQueuedCall] { contents.withLock { $0.queued } }
    var emitted: [TestEmittedEvent] { contents.withLock { $0.emitted } }
}

/// What a plugin asks of a lock.
struct TestLockRequest: Sendable {
    let operation: UInt32
    let name: String
    let lifetime: Int64
    let token: Int64
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 { Int64(self / .nanoseconds(1)) }
}
