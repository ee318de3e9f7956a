/// What another function, or the host, answered.
public struct FunctionReply: Sendable, Hashable {
    /// As in HTTP.
    public let status: Int
    /// The body's media type.
    public let contentType: String
    /// The body.
    public let body: [UInt8]
    /// What went wrong; empty when it succeeded.
    public let errorMessage: String
    /// Of the host's answers: a value's version or a lock's token.
    let number: Int64
    /// Of the host's answers: when the value or lock vanishes, since 1970; 0 for never.
    let expiresNanoseconds: Int64

    init(_ result: UnsafePointer<roost_result>) {
        status = Int(result.pointee.status)
        contentType = result.pointee.content_type.string
        body = [UInt8](result.pointee.payload.buffer)
        errorMessage = result.pointee.error_message.string
        // A host of an earlier contract answers with less.
        let isWhole = result.pointee.struct_size >= MemoryLayout<roost_result>.size
        number = isWhole ? result.pointee.number : 0
        expiresNanoseconds = isWhole ? result.pointee.expires_unix_ns : 0
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
