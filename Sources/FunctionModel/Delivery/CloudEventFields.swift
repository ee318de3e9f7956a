/// The attributes of an event as fields, as CloudEvents' binary mode over HTTP writes them.
extension CloudEventAttributes {
    /// The fields `ce-…`, names in lower case, values as they are.
    public var fields: [Field] {
        let present = [
            ("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", source), ("ce-type", type),
            ("ce-subject", subject), ("ce-time", time), ("ce-dataschema", dataSchema),
        ]
        return present.compactMap { name, value in value.map { Field(name, $0) } }
            + extensions.map { Field("ce-" + $0.name, $0.value) }
    }
}

extension HTTPRequestHead {
    /// What a function gets of an event beside its data: no method and path, but the attributes as
    /// fields.
    public init(_ event: CloudEventAttributes) {
        self.init(method: "", path: "", query: "", headers: event.fields)
    }
}
