/// The attributes of an event (CloudEvents 1.0) beside its data; valid while the invocation runs.
public struct EventAttributes: Sendable {
    private let call: Call

    /// `nil` when the function wasn't triggered by an event.
    init?(_ call: Call) {
        guard let event = call.event, event.pointee.trigger == TriggerKind.event.rawValue else {
            return nil
        }
        self.call = call
    }

    /// Unique within the source.
    public var id: String { self["id"] ?? "" }
    /// Who emitted it.
    public var source: String { self["source"] ?? "" }
    /// What happened.
    public var type: String { self["type"] ?? "" }
    /// What it happened to; `nil` when it doesn't say.
    public var subject: String? { self["subject"] }
    /// When, as RFC 3339 writes it; `nil` when it doesn't say.
    public var time: String? { self["time"] }

    /// The value of any attribute; `nil` when the event doesn't have it.
    public subscript(name: String) -> String? {
        guard let event = call.event else { return nil }
        let field = "ce-" + name
        return UnsafeBufferPointer(start: event.pointee.headers, count: event.pointee.header_count)
            .first { $0.name.matches(field) }?.value.string
    }
}
