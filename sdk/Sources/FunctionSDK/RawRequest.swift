/// The event as it came: its body undecoded, with its media type.
public struct RawRequest: Sendable, Hashable {
    /// The whole body.
    public let body: [UInt8]
    /// The body's media type; empty when the caller named none.
    public let contentType: String

    /// The body as text, where it is UTF-8.
    public var text: String? { String(validating: body, as: UTF8.self) }
}

extension RawRequest: Decodable {
    /// Refuses: a raw request is the event itself and no part of a JSON document.
    ///
    /// - Throws: always.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: "RawRequest is the whole event, not a part of its body"
            )
        )
    }
}
