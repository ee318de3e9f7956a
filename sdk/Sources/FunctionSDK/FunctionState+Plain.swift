// The same for plain handlers, which wait on the worker's thread.
extension FunctionState {
    /// Reads a value; `nil` when there is none or it has expired.
    @available(*, noasync, message: "use 'try await value'")
    public func value<Value: Decodable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws -> Value? {
        try entry(key, as: type)?.value
    }

    /// Reads a value with its version; `nil` when there is none or it has expired.
    @available(*, noasync, message: "use 'try await entry'")
    public func entry<Value: Decodable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws -> StateEntry<Value>? {
        try rawEntry(key)?.decoded(type)
    }

    /// Reads a value's bytes with its version; `nil` when there is none or it has expired.
    @available(*, noasync, message: "use 'try await rawEntry'")
    public func rawEntry(_ key: String) throws -> StateEntry<[UInt8]>? {
        try StateRequest.get(key).entry(answerNow(.get(key)))
    }

    /// Writes a value as JSON and returns its version, or `nil` when the condition didn't hold.
    @available(*, noasync, message: "use 'try await set'")
    @discardableResult
    public func set(
        _ key: String,
        to value: some Encodable,
        if condition: StateCondition = .any,
        lifetime: Duration? = nil
    ) throws -> Int64? {
        let bytes = try JSON.encode(value) { [UInt8]($0) }
        return try set(key, raw: bytes, if: condition, lifetime: lifetime)
    }

    /// Writes bytes and returns their version, or `nil` when the condition didn't hold.
    @available(*, noasync, message: "use 'try await set'")
    @discardableResult
    public func set(
        _ key: String,
        raw bytes: [UInt8],
        if condition: StateCondition = .any,
        lifetime: Duration? = nil
    ) throws -> Int64? {
        let request = StateRequest.put(key, bytes, condition, lifetime)
        return try request.version(answerNow(request))
    }

    /// Removes a value and says whether there was one, and the condition held.
    @available(*, noasync, message: "use 'try await remove'")
    @discardableResult
    public func remove(_ key: String, if condition: StateCondition = .any) throws -> Bool {
        let request = StateRequest.remove(key, condition)
        return try request.version(answerNow(request)) ?? 0 > 0
    }

    /// Changes a value without losing anybody's change in between, and returns what it has become.
    @available(*, noasync, message: "use 'try await update'")
    public func update<Value: Codable>(
        _ key: String,
        of type: Value.Type = Value.self,
        lifetime: Duration? = nil,
        _ change: (Value?) throws -> Value
    ) throws -> Value {
        for _ in 0..<StateRequest.attempts {
            let present = try entry(key, as: type)
            let new = try change(present?.value)
            let condition = present.map { StateCondition.version($0.version) } ?? .absent
            if try set(key, to: new, if: condition, lifetime: lifetime) != nil { return new }
        }
        throw StateRequest.contended(key)
    }

    private func answerNow(_ request: StateRequest) throws -> FunctionReply {
        try call.answerNow { call.send(request, $0) }
    }
}
