internal import FoundationEssentials
public import NIOCore

/// Reads CloudEvents 1.0 as they come over HTTP: structured, binary, or many in one request.
public enum CloudEvents {
    /// The most events of one request.
    public static let maximumCount = 1_000
    /// The largest data of one event.
    public static let maximumData = ByteCount.mebibytes(1)

    /// Reads the events of a request.
    ///
    /// - Parameters:
    ///   - body: The request's body.
    ///   - contentType: Its media type, which tells the mode.
    ///   - fields: The header fields, names in lower case.
    /// - Returns: The events in their order.
    /// - Throws: `CloudEventProblem` with the place and what is expected there.
    public static func read(
        _ body: ByteBuffer,
        contentType: String,
        fields: [Field]
    ) throws(CloudEventProblem) -> [EmittedEvent] {
        let mode = contentType.lowercased().prefix { $0 != ";" && $0 != " " }
        switch mode {
        case "application/cloudevents-batch+json":
            guard
                let values = JSONSlice(document: body)?.elements(atMost: maximumCount + 1)
            else { throw CloudEventProblem("the body isn't an array of events in JSON") }
            guard values.count <= maximumCount else {
                throw CloudEventProblem("a request has at most \(maximumCount) events")
            }
            var events: [EmittedEvent] = []
            for (index, value) in values.enumerated() {
                do throws(CloudEventProblem) { events.append(try structured(value)) } catch {
                    throw CloudEventProblem("event \(index): \(error)")
                }
            }
            return events
        case "application/cloudevents+json":
            guard let value = JSONSlice(document: body) else {
                throw CloudEventProblem("the body isn't an event in JSON")
            }
            return [try structured(value)]
        default:
            guard fields.contains(where: { $0.name == "ce-specversion" }) else {
                throw CloudEventProblem(
                    "this is no event: send it as application/cloudevents+json or "
                        + "application/cloudevents-batch+json, or with its attributes as ce-… fields"
                )
            }
            return [try binary(body, contentType, fields)]
        }
    }

    private static func structured(_ value: JSONSlice) throws(CloudEventProblem) -> EmittedEvent {
        // An event has no more than 32 attributes, and its data.
        guard let members = value.members(atMost: 64) else {
            throw CloudEventProblem("it isn't a JSON object")
        }
        var attributes: [String: String] = [:]
        var data: [String: JSONSlice] = [:]
        for (name, value) in members {
            guard attributes[name] == nil, data[name] == nil else {
                throw CloudEventProblem("'\(name.prefix(64))' stands twice")
            }
            if name == "data" || name == "data_base64" {
                data[name] = value
            } else if value.kind != .null {
                attributes[name] = try attribute(name, value)
            }
        }
        let contentType = attributes.removeValue(forKey: "datacontenttype")
        var event = EmittedEvent(try checked(attributes))
        try event.take(data["data"], data["data_base64"], contentType)
        return event
    }

    private static func attribute(
        _ name: String,
        _ value: JSONSlice
    ) throws(CloudEventProblem) -> String {
        let text =
            value.kind == .flag
            ? String(decoding: value.bytes, as: UTF8.self)
            : value.text ?? value.integer.map { String($0) }
        guard let text else {
            throw CloudEventProblem(
                "the attribute '\(name.prefix(64))' is no text, whole number or flag"
            )
        }
        return text
    }

    private static func binary(
        _ body: ByteBuffer,
        _ contentType: String,
        _ fields: [Field]
    ) throws(CloudEventProblem) -> EmittedEvent {
        var attributes: [String: String] = [:]
        for field in fields where field.name.hasPrefix("ce-") {
            let name = String(field.name.dropFirst(3))
            guard attributes.updateValue(decoded(field.value), forKey: name) == nil else {
                throw CloudEventProblem("the attribute '\(name)' stands twice")
            }
        }
        var event = EmittedEvent(try checked(attributes), data: body, contentType: contentType)
        try event.checkData()
        if body.readableBytes == 0 { event.contentType = "" }
        return event
    }

    private static func checked(
        _ values: [String: String]
    ) throws(CloudEventProblem) -> CloudEventAttributes {
        var values = values
        func take(_ name: String) throws(CloudEventProblem) -> String {
            guard let value = values.removeValue(forKey: name), !value.isEmpty else {
                throw CloudEventProblem("the attribute '\(name)' is missing")
            }
            return value
        }
        guard try take("specversion") == "1.0" else {
            throw CloudEventProblem("'specversion' isn't 1.0")
        }
        var attributes = CloudEventAttributes(
            id: try take("id"),
            source: try take("source"),
            type: try take("type")
        )
        attributes.subject = values.removeValue(forKey: "subject")
        attributes.time = values.removeValue(forKey: "time")
        attributes.dataSchema = values.removeValue(forKey: "dataschema")
        if let time = attributes.time, DeliveryKey.instant(time) == nil || Int64(time) != nil {
            throw CloudEventProblem("'time' isn't an instant such as 2030-01-31T12:00:00Z")
        }
        attributes.extensions = values.sorted { $0.key < $1.key }.map { Field($0.key, $0.value) }
        for field in attributes.extensions where !CloudEventAttributes.isName(field.name) {
            throw CloudEventProblem(
                "'\(field.name.prefix(64))' is no attribute: a name has 1 to 20 of a-z and 0-9"
            )
        }
        let fields = attributes.fields
        guard fields.count <= 32, fields.allSatisfy({ $0.value.utf8.count <= 1_024 }) else {
            throw CloudEventProblem("it has more than 32 attributes, or one longer than 1024 bytes")
        }
        guard fields.allSatisfy({ !$0.value.unicodeScalars.contains { $0.value < 0x20 } }) else {
            throw CloudEventProblem("an attribute has a control character")
        }
        return attributes
    }

    /// Header values are percent-encoded (CloudEvents, HTTP binding, 3.1.3.2).
    private static func decoded(_ value: String) -> String {
        guard value.contains("%") else { return value }
        var bytes: [UInt8] = []
        var rest = value.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let code = String(rest.prefix(2)),
                code.utf8.count == 2, let decoded = UInt8(code, radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why an event can't be read, in a sentence.
public struct CloudEventProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension EmittedEvent {
    /// Takes the data of an event in JSON.
    fileprivate mutating func take(
        _ data: JSONSlice?,
        _ base64: JSONSlice?,
        _ type: String?
    ) throws(CloudEventProblem) {
        switch (data, base64) {
        case (nil, nil): contentType = type ?? ""
        case (nil, let value?):
            guard let bytes = value.text.flatMap({ Data(base64Encoded: $0) }) else {
                throw CloudEventProblem("'data_base64' isn't base64")
            }
            self.data = ByteBuffer(bytes: bytes)
            contentType = type ?? ""
        case (let value?, nil):
            contentType = type ?? "application/json"
            let kind = contentType.lowercased().prefix { $0 != ";" }
            if let text = value.text, !kind.hasSuffix("/json"), !kind.hasSuffix("+json") {
                self.data = ByteBuffer(string: text)
            } else {
                self.data = value.raw
            }
        default: throw CloudEventProblem("it has both 'data' and 'data_base64'")
        }
        try checkData()
    }

    fileprivate func checkData() throws(CloudEventProblem) {
        guard data.readableBytes <= CloudEvents.maximumData.bytes else {
            throw CloudEventProblem("its data are larger than \(CloudEvents.maximumData)")
        }
    }
}
