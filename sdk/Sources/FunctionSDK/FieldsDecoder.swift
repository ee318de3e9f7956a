/// Decodes a flat type from route parameters and query items, for requests without a body.
struct FieldsDecoder: Decoder {
    private let fields: [String: String]
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ fields: [String: String]) { self.fields = fields }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(FieldsContainer(fields: fields))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Self.noBody }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Self.noBody }

    private static var noBody: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "the request has no body."))
    }
}

private struct FieldsContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [String: String]
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { fields.keys.compactMap(Key.init) }

    func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
    func decodeNil(forKey key: Key) -> Bool { !contains(key) }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try parse(key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try parse(key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try parse(key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try parse(key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try field(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try field(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try field(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try field(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try field(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try field(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try field(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try field(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try field(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try field(key).integer() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: FieldDecoder(key: key, text: text(key)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw nested(key) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw nested(key)
    }

    func superDecoder() throws -> any Decoder { FieldsDecoder(fields) }
    func superDecoder(forKey key: Key) throws -> any Decoder { FieldsDecoder(fields) }

    private func text(_ key: Key) throws -> String {
        guard let text = fields[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "missing"))
        }
        return text
    }

    private func parse<Value: LosslessStringConvertible>(_ key: Key) throws -> Value {
        try field(key).parse()
    }

    private func field(_ key: Key) throws -> FieldDecoder {
        try FieldDecoder(key: key, text: text(key))
    }

    private func nested(_ key: Key) -> DecodingError {
        .typeMismatch(Key.self, .init(codingPath: [key], debugDescription: "nested"))
    }
}

/// Decodes one parameter, for types such as enumerations with raw values.
private struct FieldDecoder: Decoder, SingleValueDecodingContainer {
    let key: any CodingKey
    let text: String
    var codingPath: [any CodingKey] { [key] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw mismatch([String: String].self)
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([String].self) }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { try parse() }
    func decode(_ type: String.Type) throws -> String { text }
    func decode(_ type: Double.Type) throws -> Double { try parse() }
    func decode(_ type: Float.Type) throws -> Float { try parse() }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    func parse<Value: LosslessStringConvertible>() throws -> Value {
        guard let value = Value(text) else { throw mismatch(Value.self) }
        return value
    }

    /// Parses by way of the widest types: ten parsers more would make every plugin larger.
    func integer<Value: FixedWidthInteger>() throws -> Value {
        if let number = Int(text), let value = Value(exactly: number) { return value }
        if let number = UInt(text), let value = Value(exactly: number) { return value }
        throw mismatch(Value.self)
    }

    private func mismatch(_ type: any Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: [key], debugDescription: "'\(text)'"))
    }
}
