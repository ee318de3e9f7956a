internal import struct FoundationEssentials.Date

/// One request to a function's values, and what its answer means.
enum StateRequest: Sendable {
    case get(String)
    case put(String, [UInt8], StateCondition, Duration?)
    case remove(String, StateCondition)

    /// How often `update` tries.
    static let attempts = 100

    static func contended(_ key: String) -> StateError {
        StateError(key: key, status: 409, message: "others changed it \(attempts) times in between")
    }

    var key: String {
        switch self {
        case .get(let key), .put(let key, _, _, _), .remove(let key, _): key
        }
    }

    /// The entry that an answer gives; `nil` when there is none.
    func entry(_ reply: FunctionReply) throws -> StateEntry<[UInt8]>? {
        if reply.status == 404 { return nil }
        try check(reply)
        return StateEntry(value: reply.body, version: reply.number, expires: reply.expires)
    }

    /// The version that an answer gives; `nil` when the condition didn't hold.
    func version(_ reply: FunctionReply) throws -> Int64? {
        if reply.status == 409 { return nil }
        try check(reply)
        return reply.number
    }

    private func check(_ reply: FunctionReply) throws { try reply.checkState(key) }
}

extension FunctionReply {
    /// When the value or lock vanishes; `nil` for never.
    var expires: Date? {
        guard expiresNanoseconds != 0 else { return nil }
        return Date(timeIntervalSince1970: Double(expiresNanoseconds) / 1e9)
    }

    func checkState(_ key: String) throws {
        guard !succeeded else { return }
        let message = errorMessage.isEmpty ? "this host doesn't offer that" : errorMessage
        throw StateError(key: key, status: status, message: message)
    }
}

extension StateEntry<[UInt8]> {
    func decoded<Decoded: Decodable>(_ type: Decoded.Type) throws -> StateEntry<Decoded> {
        let decoded = try value.withUnsafeBytes { try JSON.decode(type, from: $0) }
        return StateEntry<Decoded>(value: decoded, version: version, expires: expires)
    }
}

extension Call {
    /// Sends a request to the function's values; `body` hears the answer, or `nil` at the end.
    func send(_ request: StateRequest, _ body: @escaping Callbacks.Body) {
        guard !isOver, let state = host.pointee.state else { return body(nil) }
        var lent = roost_state_request()
        lent.struct_size = UInt32(MemoryLayout<roost_state_request>.size)
        var value: [UInt8] = []
        switch request {
        case .get: lent.operation = UInt32(ROOST_STATE_GET)
        case .put(_, let bytes, let condition, let lifetime):
            lent.operation = UInt32(ROOST_STATE_PUT)
            lent.expected = condition.expected
            lent.ttl_ns = lifetime.map(\.atLeastOne) ?? 0
            value = bytes
        case .remove(_, let condition):
            lent.operation = UInt32(ROOST_STATE_REMOVE)
            lent.expected = condition.expected
        }
        request.key.lent { key in
            value.withUnsafeBytes { bytes in
                lent.key = key
                lent.value = roost_bytes(bytes)
                state(context, &lent, Self.answered, register(body))
            }
        }
    }
}

extension StateCondition {
    fileprivate var expected: Int64 {
        switch self {
        case .any: Int64(ROOST_VERSION_ANY)
        case .absent: Int64(ROOST_VERSION_ABSENT)
        case .version(let version): version
        }
    }
}

extension Duration {
    /// Whole nanoseconds; none at all and less is said as a time that is over at once.
    var atLeastOne: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 1 }
        guard seconds < 9_000_000_000 else { return .max }
        return max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
