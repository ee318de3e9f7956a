public import struct FoundationEssentials.Date

/// The values that a function keeps under keys, in the host's store: they outlast the invocation, the
/// worker and the host.
///
/// Each function has its own, which all its workers and versions share. What is written is durable when
/// the call returns. A key has 1 to 1024 bytes, a value up to 1 MiB (of JSON, unless it is raw bytes), all
/// of a function's together up to 64 MiB and 100,000 keys.
///
///     let visits = try await context.state.update("visits", of: Int.self) { ($0 ?? 0) + 1 }
///
/// Everything throws `StateError` when the host can't do it, and `CancellationError` when the
/// invocation is over. In plain handlers the same methods work without `await`.
public struct FunctionState: Sendable {
    let call: Call

    /// Reads a value; `nil` when there is none or it has expired.
    public func value<Value: Decodable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) async throws -> Value? {
        try await entry(key, as: type)?.value
    }

    /// Reads a value with its version; `nil` when there is none or it has expired.
    public func entry<Value: Decodable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) async throws -> StateEntry<Value>? {
        try await rawEntry(key)?.decoded(type)
    }

    /// Reads a value's bytes with its version; `nil` when there is none or it has expired.
    public func rawEntry(_ key: String) async throws -> StateEntry<[UInt8]>? {
        try StateRequest.get(key).entry(await answer(.get(key)))
    }

    /// Writes a value as JSON and returns its version, or `nil` when the condition didn't hold.
    ///
    /// - Parameters:
    ///   - key: where.
    ///   - value: what.
    ///   - condition: what must be true; `.absent` sets a value only once, `.version` only when nobody
    ///     has changed it since it was read.
    ///   - lifetime: how long it stays; the default is for ever.
    /// - Returns: the version of what has been written.
    /// - Throws: `StateError` when the host can't write it.
    @discardableResult
    public func set(
        _ key: String,
        to value: some Encodable,
        if condition: StateCondition = .any,
        lifetime: Duration? = nil
    ) async throws -> Int64? {
        let bytes = try JSON.encode(value) { [UInt8]($0) }
        return try await set(key, raw: bytes, if: condition, lifetime: lifetime)
    }

    /// Writes bytes and returns their version, or `nil` when the condition didn't hold.
    @discardableResult
    public func set(
        _ key: String,
        raw bytes: [UInt8],
        if condition: StateCondition = .any,
        lifetime: Duration? = nil
    ) async throws -> Int64? {
        let request = StateRequest.put(key, bytes, condition, lifetime)
        return try request.version(await answer(request))
    }

    /// Removes a value and says whether there was one, and the condition held.
    @discardableResult
    public func remove(_ key: String, if condition: StateCondition = .any) async throws -> Bool {
        let request = StateRequest.remove(key, condition)
        return try request.version(await answer(request)) ?? 0 > 0
    }

    /// Changes a value without losing anybody's change in between, and returns what it has become.
    ///
    /// - Parameters:
    ///   - key: where.
    ///   - type: what is kept there.
    ///   - lifetime: how long the new value stays; the default is for ever.
    ///   - change: makes the new value of the present one, `nil` where there is none; called again when
    ///     somebody else was faster.
    /// - Returns: the new value.
    /// - Throws: what `change` throws, and `StateError` with 409 when others were faster 100 times.
    public func update<Value: Codable>(
        _ key: String,
        of type: Value.Type = Value.self,
        lifetime: Duration? = nil,
        _ change: (Value?) throws -> Value
    ) async throws -> Value {
        for _ in 0..<StateRequest.attempts {
            let present = try await entry(key, as: type)
            let new = try change(present?.value)
            let condition = present.map { StateCondition.version($0.version) } ?? .absent
            if try await set(key, to: new, if: condition, lifetime: lifetime) != nil { return new }
        }
        throw StateRequest.contended(key)
    }

    private func answer(_ request: StateRequest) async throws -> FunctionReply {
        try await call.answer { call.send(request, $0) }
    }
}

/// A value with what is needed to change it safely.
public struct StateEntry<Value> {
    /// The value.
    public let value: Value
    /// Changes with every write, and never comes back for the same key.
    public let version: Int64
    /// When it vanishes; `nil` for never.
    public let expires: Date?
}

extension StateEntry: Sendable where Value: Sendable {}
extension StateEntry: Equatable where Value: Equatable {}

/// What must be true for a value to be written or removed.
public enum StateCondition: Sendable, Hashable {
    /// Nothing.
    case any
    /// There is no value.
    case absent
    /// The value has this version.
    case version(Int64)
}

/// The host couldn't read or change a value or a lock.
public struct StateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key or the lock.
    public let key: String
    /// As in HTTP: 413 for a key or value that is too large, 507 when a function's values are too large
    /// together, 503 when the store can't write, 0 when the host offers none of this.
    public let status: Int
    /// What went wrong.
    public let message: String

    /// A sentence.
    public var description: String { "The host answered \(status) for '\(key)': \(message)" }
}

extension FunctionContext {
    /// The function's own values, which outlast the invocation.
    public var state: FunctionState { FunctionState(call: call) }
}
