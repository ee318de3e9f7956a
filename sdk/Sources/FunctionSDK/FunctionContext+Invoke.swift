/// Another function could not answer.
public struct InvokeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The function that was called.
    public let function: String
    /// As in HTTP; 0 when the host offers no calls.
    public let status: Int
    /// What went wrong.
    public let message: String

    /// A sentence.
    public var description: String { "Calling '\(function)' gave \(status): \(message)" }
}

extension FunctionContext {
    /// Calls another function and suspends until it answers.
    ///
    /// - Parameters:
    ///   - name: its full name, or its short name where that is unique.
    ///   - payload: its input, sent as JSON.
    ///   - output: what it answers.
    ///   - timeout: how long to wait; the default is what remains of this invocation's time.
    /// - Returns: its answer, decoded from JSON.
    /// - Throws: `InvokeError` when its status isn't of the 200s.
    public func invoke<Output: Decodable>(
        _ name: String,
        _ payload: some Encodable & Sendable,
        as output: Output.Type = Output.self,
        timeout: Duration? = nil
    ) async throws -> Output {
        let bytes = try JSON.encode(payload) { [UInt8]($0) }
        return try await invoke(name, raw: bytes, timeout: timeout).checked(name).decode(output)
    }

    /// Calls another function and waits on the worker's thread until it answers.
    ///
    /// - Throws: `InvokeError` when its status isn't of the 200s.
    @available(*, noasync, message: "use 'try await invoke'")
    public func invoke<Output: Decodable>(
        _ name: String,
        _ payload: some Encodable,
        as output: Output.Type = Output.self,
        timeout: Duration? = nil
    ) throws -> Output {
        let bytes = try JSON.encode(payload) { [UInt8]($0) }
        return try invoke(name, raw: bytes, timeout: timeout).checked(name).decode(output)
    }

    /// Calls another function with bytes and suspends until it answers, whatever its status.
    ///
    /// - Throws: `CancellationError` when this invocation is over.
    public func invoke(
        _ name: String,
        raw payload: [UInt8],
        contentType: String = "application/json",
        timeout: Duration? = nil
    ) async throws -> FunctionReply {
        try await call.answer { call.invoke(name, payload, contentType, timeout, $0) }
    }

    /// Calls another function with bytes and waits on the worker's thread, whatever its status.
    ///
    /// - Throws: `CancellationError` when this invocation is cancelled.
    @available(*, noasync, message: "use 'try await invoke'")
    public func invoke(
        _ name: String,
        raw payload: [UInt8],
        contentType: String = "application/json",
        timeout: Duration? = nil
    ) throws -> FunctionReply {
        try call.answerNow { call.invoke(name, payload, contentType, timeout, $0) }
    }
}

extension FunctionReply {
    func checked(_ name: String) throws -> FunctionReply {
        if succeeded { return self }
        throw InvokeError(
            function: name,
            status: status,
            message: errorMessage.isEmpty ? String(decoding: body, as: UTF8.self) : errorMessage
        )
    }
}

extension Call {
    /// Sends a call of another function; `body` hears the answer, or `nil` at the end.
    func invoke(
        _ name: String,
        _ payload: [UInt8],
        _ contentType: String,
        _ timeout: Duration?,
        _ body: @escaping Callbacks.Body
    ) {
        var request = roost_call()
        request.timeout_ns = timeout?.atLeastOne ?? 0
        send(&request, name, payload, contentType, body)
    }

    /// Sends a call, whatever else it says.
    func send(
        _ request: inout roost_call,
        _ name: String,
        _ payload: [UInt8],
        _ contentType: String,
        _ body: @escaping Callbacks.Body
    ) {
        guard !isOver, let invoke = host.pointee.invoke else { return body(nil) }
        request.struct_size = UInt32(MemoryLayout<roost_call>.size)
        name.lent { name in
            contentType.lent { type in
                payload.withUnsafeBytes { bytes in
                    request.name = name
                    request.content_type = type
                    request.payload = roost_bytes(bytes)
                    invoke(context, &request, Self.answered, register(body))
                }
            }
        }
    }

    /// Takes the host's answers.
    static let answered: roost_done = { Callbacks.run($0, $1.map { FunctionReply($0) }) }

    /// Suspends until the host has answered what `ask` sends; throws when the invocation is over.
    func answer(_ ask: (@escaping Callbacks.Body) -> Void) async throws -> FunctionReply {
        let reply = await withUnsafeContinuation { continuation in
            ask { continuation.resume(returning: $0) }
        }
        guard let reply else { throw CancellationError() }
        return reply
    }

    /// Runs the worker's loop until the host has answered what `ask` sends.
    func answerNow(_ ask: (@escaping Callbacks.Body) -> Void) throws -> FunctionReply {
        let answer = Answer()
        ask { answer.set($0) }
        while !answer.isThere { try pump() }
        guard let reply = answer.value else { throw CancellationError() }
        return reply
    }
}
