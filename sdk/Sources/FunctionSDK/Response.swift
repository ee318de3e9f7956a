/// A reply with a status and headers of its own.
public struct Response: Sendable, Hashable {
    /// As in HTTP.
    public var status: Int
    /// The body's media type; empty when unknown.
    public var contentType: String
    /// Further headers.
    public var headers: Headers
    /// The body.
    public var body: [UInt8]

    /// A reply with bytes.
    public init(
        status: Int = 200,
        contentType: String = "",
        headers: Headers = [:],
        body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A reply with text.
    public init(
        status: Int = 200,
        text: String,
        contentType: String = "text/plain; charset=utf-8",
        headers: Headers = [:]
    ) {
        self.init(
            status: status,
            contentType: contentType,
            headers: headers,
            body: Array(text.utf8)
        )
    }

    /// A reply with a value as JSON.
    ///
    /// - Throws: what encoding the value throws.
    public init(
        status: Int = 200,
        json value: some Encodable,
        headers: Headers = [:]
    ) throws {
        self.init(
            status: status,
            contentType: "application/json",
            headers: headers,
            body: try JSON.encode(value) { [UInt8]($0) }
        )
    }

    func send(on call: Call) {
        body.withUnsafeBytes {
            call.succeed(status: status, contentType: contentType, headers: headers, body: $0)
        }
    }
}

extension Response: Encodable {
    /// Refuses: a response is the whole reply and no part of a JSON document.
    ///
    /// - Throws: always.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(
                codingPath: encoder.codingPath,
                debugDescription: "Response is the whole reply, not a part of its body"
            )
        )
    }
}
