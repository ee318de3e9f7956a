internal import FoundationEssentials

/// JSON in and out, with one pair of coders for the whole image.
enum JSON {
    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        // Sorted, so that the same value always gives the same bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    /// Decodes bytes that are only lent.
    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from bytes: UnsafeRawBufferPointer
    ) throws -> Value {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            return try decoder.decode(type, from: Data())
        }
        // The coder only reads, and the data is gone when it returns.
        let data = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start),
            count: bytes.count,
            deallocator: .none
        )
        return try decoder.decode(type, from: data)
    }

    /// Encodes a value and lends the bytes.
    static func encode<Value: Encodable, Result>(
        _ value: Value,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try encoder.encode(value).withUnsafeBytes(body)
    }
}
