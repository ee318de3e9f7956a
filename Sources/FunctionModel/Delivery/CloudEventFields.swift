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

    /// The same for a wire: percent-encoded as CloudEvents' binding to HTTP asks for (3.1.3.2).
    public var wireFields: [Field] { fields.map { Field($0.name, Self.encoded($0.value)) } }

    private static func encoded(_ value: String) -> String {
        var text = ""
        for byte in value.utf8 {
            if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}

extension HTTPRequestHead {
    /// What a function gets of an event beside its data: no method and path, but the attributes as
    /// fields.
    public init(_ event: CloudEventAttributes) {
        self.init(method: "", path: "", query: "", headers: event.fields)
    }
}
