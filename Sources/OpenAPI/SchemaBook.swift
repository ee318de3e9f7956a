internal import ForeignSignatures

/// The schemas that operations refer to, each written once.
///
/// What callers give has other forms than what they are told: a 64-bit integer may be given as a
/// number or as a text, and is told as a text where not every reader of JSON keeps it exactly.
struct SchemaBook {
    private(set) var schemas: [String: JSONValue] = [:]

    /// A reference to a schema, which is written where it isn't yet.
    mutating func reference(_ name: String, _ make: (inout SchemaBook) -> JSONValue) -> JSONValue {
        if schemas[name] == nil {
            schemas[name] = .null
            schemas[name] = make(&self)
        }
        return ["$ref": .text("#/components/schemas/\(name)")]
    }

    // MARK: - Numbers

    /// What callers give for a number or truth value.
    mutating func given(_ scalar: Scalar) -> JSONValue {
        reference("given.\(scalar.rawValue)") { _ in Self.given(scalar) }
    }

    /// What callers are told of one.
    mutating func told(_ scalar: Scalar) -> JSONValue {
        reference("told.\(scalar.rawValue)") { _ in Self.told(scalar) }
    }

    private static func given(_ scalar: Scalar) -> JSONValue {
        switch scalar {
        case .bool: return ["type": "boolean"]
        case .float, .double: return ["anyOf": [real(scalar), unusual(scalar)]]
        default: return ["anyOf": [whole(scalar), digits(scalar)]]
        }
    }

    private static func told(_ scalar: Scalar) -> JSONValue {
        switch scalar {
        case .bool: return ["type": "boolean"]
        case .float, .double: return ["anyOf": [["type": "number"], unusual(scalar)]]
        case .int64, .uint64:
            let exact = JSONOutput.exactLimit
            let number: JSONValue = [
                "type": "integer", "minimum": .number(scalar.isSigned ? "-\(exact)" : "0"),
                "maximum": .number("\(exact)"),
            ]
            let beyond = digits(scalar).with("description", "Beyond 2⁵³−1, exactly.")
            return ["anyOf": [number, beyond]]
        default: return whole(scalar)
        }
    }

    /// A whole number, within bounds that are given as well.
    static func whole(
        _ scalar: Scalar,
        from least: String? = nil,
        to most: String? = nil
    )
        -> JSONValue
    {
        let lowest = scalar.isSigned ? "-\(scalar.lowest)" : "0"
        var schema: JSONValue = [
            "type": "integer", "minimum": .number(least ?? lowest),
            "maximum": .number(most ?? "\(scalar.highest)"),
        ]
        if scalar.size == 8 { schema.set("format", .text(scalar.rawValue)) }
        if scalar == .int32 { schema.set("format", "int32") }
        return schema
    }

    /// A whole number as a text.
    static func digits(_ scalar: Scalar, isSigned: Bool = true) -> JSONValue {
        let sign = scalar.isSigned && isSigned ? "-?" : ""
        return ["type": "string", "pattern": .text("^\(sign)(0|[1-9][0-9]{0,19})$")]
    }

    /// A number that JSON writes.
    static func real(_ scalar: Scalar) -> JSONValue {
        guard scalar == .float else { return ["type": "number", "format": "double"] }
        let most = "\(Float.greatestFiniteMagnitude)"
        return [
            "type": "number", "format": "float", "minimum": .number("-\(most)"),
            "maximum": .number(most),
        ]
    }

    /// A number that JSON has no form for.
    static func unusual(_ scalar: Scalar) -> JSONValue {
        let digits = scalar == .double ? 16 : 8
        return [
            "type": "string",
            "pattern": .text("^(NaN|NaN:[0-9a-fA-F]{\(digits)}|Infinity|-Infinity)$"),
        ]
    }

    // MARK: - Texts and bytes

    /// Bytes in Base64.
    static let base64: JSONValue = [
        "type": "string", "contentEncoding": "base64",
        "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    ]

    /// An object of one member.
    static func only(_ name: String, _ schema: JSONValue) -> JSONValue {
        [
            "type": "object", "required": [.text(name)], "additionalProperties": false,
            "properties": .members([(name, schema)]),
        ]
    }

    /// Characters; what isn't UTF-8 comes as bytes.
    static let characters: JSONValue = [
        "anyOf": [["type": "string"], only("base64", base64)]
    ]

    /// The same or null.
    static func orNull(_ schema: JSONValue) -> JSONValue {
        if case .object(let members) = schema, members.count == 1, members[0].name == "anyOf",
            case .list(let choices) = members[0].value
        {
            return ["anyOf": .list(choices + [["type": "null"]])]
        }
        return ["anyOf": [schema, ["type": "null"]]]
    }
}
