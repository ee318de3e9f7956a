/// What another function answered.
public struct FunctionReply: Sendable, Hashable {
    /// As in HTTP.
    public let status: Int
    /// The body's media type.
    public let contentType: String
    /// The body.
    public let body: [UInt8]
    /// What went wrong; empty when it succeeded.
    public let errorMessage: String

    init(_ result: roost_result) {
        status = Int(result.status)
        contentType = result.content_type.string
        body = [UInt8](result.payload.buffer)
        errorMessage = result.error_message.string
    }

    /// Whether the status is of the 200s.
    public var succeeded: Bool { (200..<300).contains(status) }

    /// Decodes the body as JSON.
    ///
    /// - Throws: what decoding throws.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try body.withUnsafeBytes { try JSON.decode(type, from: $0) }
    }
}

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
        let reply = await withUnsafeContinuation { continuation in
            call.invoke(name, payload, contentType, timeout) { continuation.resume(returning: $0) }
        }
        guard let reply else { throw CancellationError() }
        return reply
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
        let answer = Answer()
        call.invoke(name, payload, contentType, timeout) { answer.set($0) }
        while !answer.isThere { try call.pump() }
        guard let reply = answer.value else { throw CancellationError() }
        return reply
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
        guard !isOver, let invoke = host.pointee.invoke else { return body(nil) }
        name.lent { name in
            contentType.lent { type in
                payload.withUnsafeBytes { bytes in
                    var request = roost_call(
                        struct_size: UInt32(MemoryLayout<roost_call>.size),
                        flags: 0,
                        name: name,
                        content_type: type,
                        payload: roost_bytes(bytes),
                        timeout_ns: timeout.map { Int64($0 / .nanoseconds(1)) } ?? 0
                    )
                    invoke(
                        context,
                        &request,
                        { Callbacks.run($0, $1.map { FunctionReply($0.pointee) }) },
                        register(body)
                    )
                }
            }
        }
    }
}
