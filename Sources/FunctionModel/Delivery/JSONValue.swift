/// Any JSON value.
enum JSONValue: Codable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
            return
        }
        // Each reading that fails says only that it is another kind of value.
        let readings: [() throws -> JSONValue] = [
            { .flag(try value.decode(Bool.self)) }, { .text(try value.decode(String.self)) },
            { .integer(try value.decode(Int64.self)) },
            { .unsigned(try value.decode(UInt64.self)) },
            { .number(try value.decode(Double.self)) },
            { .list(try value.decode([JSONValue].self)) },
        ]
        for reading in readings {
            do {
                self = try reading()
                return
            } catch { continue }
        }
        self = .object(try value.decode([String: JSONValue].self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
