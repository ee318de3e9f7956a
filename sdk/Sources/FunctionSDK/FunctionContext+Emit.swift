/// What has become of an event.
public struct EventReceipt: Sendable, Hashable {
    /// The event's id.
    public let id: String
    /// How many functions hear of it, each at least once.
    public let subscribers: Int
}

/// An event could not be emitted.
public struct EmitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The event's type.
    public let type: String
    /// As in HTTP; 0 when the host offers no events.
    public let status: Int
    /// What went wrong.
    public let message: String

    /// A sentence.
    public var description: String { "Emitting '\(type)' gave \(status): \(message)" }
}

extension FunctionContext {
    /// Emits an event with a value as JSON; it is durable for every subscriber when this returns.
    ///
    /// - Parameters:
    ///   - type: what happened, for example `order.paid`.
    ///   - data: the details.
    ///   - attributes: of CloudEvents, as `subject`, or further ones for the filters of subscribers. An
    ///     `id` of one's own makes that nobody hears of the same event twice; by default each has a new
    ///     one, and this function as its `source`.
    /// - Returns: how many hear of it.
    /// - Throws: `EmitError`; nobody hears of it then.
    @discardableResult
    public func emit(
        _ type: String,
        _ data: some Encodable,
        attributes: [String: String] = [:]
    ) async throws -> EventReceipt {
        let bytes = try JSON.encode(data) { [UInt8]($0) }
        return try await emit(type, raw: bytes, attributes: attributes)
    }

    /// Emits an event with bytes.
    ///
    /// - Throws: `EmitError`; nobody hears of it then.
    @discardableResult
    public func emit(
        _ type: String,
        raw data: [UInt8],
        contentType: String = "application/json",
        attributes: [String: String] = [:]
    ) async throws -> EventReceipt {
        try await call.answer { call.emit(type, data, contentType, attributes, $0) }.receipt(type)
    }

    /// Emits an event with a value as JSON; it is durable for every subscriber when this returns.
    @available(*, noasync, message: "use 'try await emit'")
    @discardableResult
    public func emit(
        _ type: String,
        _ data: some Encodable,
        attributes: [String: String] = [:]
    ) throws -> EventReceipt {
        let bytes = try JSON.encode(data) { [UInt8]($0) }
        return try emit(type, raw: bytes, attributes: attributes)
    }

    /// Emits an event with bytes.
    @available(*, noasync, message: "use 'try await emit'")
    @discardableResult
    public func emit(
        _ type: String,
        raw data: [UInt8],
        contentType: String = "application/json",
        attributes: [String: String] = [:]
    ) throws -> EventReceipt {
        try call.answerNow { call.emit(type, data, contentType, attributes, $0) }.receipt(type)
    }
}

extension FunctionReply {
    fileprivate func receipt(_ type: String) throws -> EventReceipt {
        guard succeeded else {
            let message = errorMessage.isEmpty ? "this host doesn't offer that" : errorMessage
            throw EmitError(type: type, status: status, message: message)
        }
        return EventReceipt(id: String(decoding: body, as: UTF8.self), subscribers: Int(number))
    }
}

extension Call {
    /// Emits an event; `body` hears the answer, or `nil` at the end.
    func emit(
        _ type: String,
        _ data: [UInt8],
        _ contentType: String,
        _ attributes: [String: String],
        _ body: @escaping Callbacks.Body
    ) {
        guard !isOver, let emit = host.pointee.emit else { return body(nil) }
        let fields = Headers(attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        var event = roost_event()
        event.struct_size = UInt32(MemoryLayout<roost_event>.size)
        type.lent { type in
            contentType.lent { contentType in
                fields.lent { fields, count in
                    data.withUnsafeBytes { bytes in
                        event.type = type
                        event.content_type = contentType
                        event.data = roost_bytes(bytes)
                        event.attributes = fields
                        event.attribute_count = count
                        emit(context, &event, Self.answered, register(body))
                    }
                }
            }
        }
    }
}
