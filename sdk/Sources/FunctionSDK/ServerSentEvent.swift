/// One event of a `text/event-stream` (HTML, "Server-sent events").
public struct ServerSentEvent: Sendable, Hashable {
    /// What the event says; each line goes out as one `data` field.
    public var data: String
    /// The event's name; browsers call it `message` when there is none.
    public var event: String?
    /// The id that a reconnecting client sends back as `Last-Event-ID`.
    public var id: String?
    /// How long a client waits before it reconnects.
    public var retry: Duration?

    /// Describes an event.
    public init(
        data: String,
        event: String? = nil,
        id: String? = nil,
        retry: Duration? = nil
    ) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// The event as it goes over the wire.
    public var text: String {
        var text = ""
        if let event { text += "event: \(Self.oneLine(event))\n" }
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let retry { text += "retry: \(Int(retry / .milliseconds(1)))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}

/// A response of server-sent events.
public struct EventStream: Sendable {
    let stream: ResponseStream

    init(_ stream: ResponseStream) throws {
        self.stream = stream
        try stream.start(contentType: "text/event-stream", headers: ["cache-control": "no-cache"])
    }

    /// Sends an event, and waits on the worker's thread while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    @available(*, noasync, message: "use 'try await send'")
    public func send(_ event: ServerSentEvent) throws { try stream.write(event.text) }

    /// Sends an event, and suspends while the caller is slow.
    ///
    /// - Throws: `CancellationError` when the caller has gone or the time is up.
    public func send(_ event: ServerSentEvent) async throws { try await stream.write(event.text) }
}
