internal import FoundationEssentials
public import FunctionSDK

/// An event for a function under test.
public struct TestEvent: Sendable {
    /// Why the function runs.
    public var trigger: TriggerKind
    /// The body; more than one piece arrives one after another, as a stream does.
    public var pieces: [[UInt8]]
    /// The body's media type.
    public var contentType = ""
    /// 1 for the first attempt.
    public var attempt = 1
    /// W3C trace context.
    public var traceparent = ""
    /// What tracing systems noted beside it.
    public var tracestate = ""
    /// The method of an HTTP event.
    public var method = ""
    /// The path of an HTTP event.
    public var path = ""
    /// What follows `?` in an HTTP event's address.
    public var query = ""
    /// The headers of an HTTP event.
    public var headers: Headers = [:]
    /// The route's parameters of an HTTP event.
    public var parameters: [String: String] = [:]

    /// An event with a body.
    public init(_ trigger: TriggerKind = .call, body: [UInt8] = [], contentType: String = "") {
        self.trigger = trigger
        pieces = [body]
        self.contentType = contentType
    }

    /// A request without a body.
    public static func http(
        _ method: HTTPMethod,
        _ target: String,
        headers: Headers = [:],
        parameters: [String: String] = [:]
    ) -> Self {
        var event = Self(.http)
        event.method = method.rawValue
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        event.path = parts.first ?? ""
        event.query = parts.count > 1 ? parts[1] : ""
        event.headers = headers
        event.parameters = parameters
        event.traceparent = headers["traceparent"] ?? ""
        event.tracestate = headers["tracestate"] ?? ""
        return event
    }

    /// A value as JSON, as another function sends it.
    ///
    /// - Throws: what encoding the value throws.
    public static func json(_ value: some Encodable) throws -> Self { try Self(.call).json(value) }

    /// A tick of a schedule.
    ///
    /// - Throws: what encoding the tick throws.
    public static func tick(_ tick: Tick) throws -> Self { try Self(.cron).json(tick) }

    /// A file's event.
    ///
    /// - Throws: what encoding the event throws.
    public static func file(_ event: FileEvent) throws -> Self { try Self(.file).json(event) }

    /// An event that the function subscribes to, with its data as JSON.
    ///
    /// - Throws: what encoding the data throws.
    public static func event(
        _ type: String,
        id: String = "1",
        source: String = "/test",
        attributes: [String: String] = [:],
        data: some Encodable
    ) throws -> Self {
        var event = try Self(.event).json(data)
        event.headers = [
            "ce-specversion": "1.0", "ce-id": id, "ce-source": source, "ce-type": type,
        ]
        for (name, value) in attributes { event.headers.add("ce-" + name, value) }
        return event
    }

    /// The event with a value as its JSON body.
    ///
    /// - Throws: what encoding the value throws.
    public func json(_ value: some Encodable) throws -> Self {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return body([UInt8](try encoder.encode(value)), contentType: "application/json")
    }

    /// The event with text as its body.
    public func text(_ text: String) -> Self {
        body(Array(text.utf8), contentType: "text/plain; charset=utf-8")
    }

    /// The event with bytes as its body.
    public func body(_ bytes: [UInt8], contentType: String = "application/octet-stream") -> Self {
        stream([bytes], contentType: contentType)
    }

    /// The event with a body that arrives in pieces.
    public func stream(_ pieces: [[UInt8]], contentType: String = "") -> Self {
        var copy = self
        copy.pieces = pieces
        copy.contentType = contentType
        return copy
    }
}
