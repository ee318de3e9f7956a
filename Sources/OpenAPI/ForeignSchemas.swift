internal import ForeignSignatures

/// The schemas of a signature file's types: as callers give values, and as they are told.
struct ForeignSchemas {
    let file: SignatureFile

    /// What its own types' schemas are called.
    private func name(_ kind: String, _ index: Int) -> String {
        "\(kind).\(file.plugin).\(file.types[index].name)"
    }

    // MARK: - Given

    /// What callers give for a value of a type.
    func given(_ type: ForeignType, _ book: inout SchemaBook) -> JSONValue {
        switch type {
        case .void: return ["type": "null"]
        case .scalar(let scalar): return number(scalar, &book)
        case .enumeration(let index):
            return book.reference(name("given", index)) { _ in
                givenEnumeration(index)
            }
        case .structure(let index):
            return book.reference(name("given", index)) { book in
                structure(index, needsPointers: false) { type in
                    let schema = given(type, &book)
                    return type == .text ? SchemaBook.orNull(schema) : schema
                }
            }
        case .text: return Self.text()
        case .bytes: return bytes(isText: false)
        case .array(let element): return ["type": "array", "items": given(element, &book)]
        case .pointer(let pointee): return given(pointee, &book)
        case .inlineArray(let element, let count):
            return Self.list(of: given(element, &book), count)
        case .inlineText(let room): return Self.text(most: room - 1)
        case .inlineBytes(let count):
            return bytes(isText: false, least: count, most: count)
        case .handle(let index): return handle(index)
        case .callback(let index): return callback(file.choices(for: index))
        case .opaque: return ["type": "null"]
        }
    }

    /// A number, or the name of a constant that is one of its type.
    private func number(_ scalar: Scalar, _ book: inout SchemaBook) -> JSONValue {
        let plain = book.given(scalar)
        let names = constants(for: scalar)
        guard !names.isEmpty else { return plain }
        return book.reference("given.\(file.plugin).number.\(scalar.rawValue)") { _ in
            ["anyOf": [plain, Self.names(names)]]
        }
    }

    /// The constants that fit a type, in order of their names.
    func constants(for scalar: Scalar, where fits: (Double) -> Bool = { _ in true }) -> [String] {
        guard scalar != .bool else { return [] }
        return file.constants.filter { _, constant in
            let digits = constant.json
            if scalar.isInteger {
                guard let found = JSONNumber.integer(digits.span, digits.indices),
                    found.magnitude <= (found.isNegative ? scalar.lowest : scalar.highest)
                else { return false }
            }
            guard let value = JSONNumber.double(digits.span, digits.indices) else { return false }
            return fits(value)
        }.keys.sorted()
    }

    static func names(_ names: [String]) -> JSONValue {
        ["enum": .list(names.map(JSONValue.text)), "description": "A constant, by its name."]
    }

    private func givenEnumeration(_ index: Int) -> JSONValue {
        guard let type = file.enumeration(index) else { return .null }
        let named: JSONValue = ["enum": .list(type.values.map { .text($0.name) })]
        guard !type.isOpen else {
            let names = constants(for: type.scalar)
            return [
                "anyOf": .list(
                    [named, SchemaBook.whole(type.scalar), SchemaBook.digits(type.scalar)]
                        + (names.isEmpty ? [] : [Self.names(names)])
                )
            ]
        }
        let values = Set(type.values.map(\.value)).sorted()
        let names = constants(for: type.scalar) { value in values.contains { Double($0) == value } }
        let texts = (values.map { "\($0)" } + names).map(JSONValue.text)
        let numbers: JSONValue = [
            "enum": .list(values.map { .number("\($0)") } + texts),
            "description": "The same by number.",
        ]
        return ["anyOf": [named, numbers]]
    }

    func handle(_ index: Int) -> JSONValue {
        let name = file.types[index].name
        return [
            "type": "string", "pattern": .text("^\(name)-[0-9a-f]+-[1-9][0-9]*$"),
            "description": .text("Something of the type \(name) that the library keeps."),
        ]
    }

    func callback(_ choices: [String]) -> JSONValue { ["enum": .list(choices.map(JSONValue.text))] }

    /// Bytes; a plain text is Base64, or means its characters.
    func bytes(isText: Bool, least: Int = 0, most: Int? = nil) -> JSONValue {
        let text = Self.text(least: least, most: most, allowsNUL: true)
        let encoded = Self.base64(atLeast: least, most)
        return [
            "anyOf": [
                isText ? text : encoded, SchemaBook.only("text", text),
                SchemaBook.only("base64", encoded),
            ]
        ]
    }

    /// Bytes as a query has them.
    static func plainBytes(_ argument: Argument) -> JSONValue {
        let (least, most) = (argument.minimumLength, argument.maximumLength)
        return argument.isText
            ? text(least: least, most: most, allowsNUL: true) : base64(atLeast: least, most)
    }

    /// A text; lengths count bytes, of which a character has one to four.
    static func text(least: Int = 0, most: Int? = nil, allowsNUL: Bool = false) -> JSONValue {
        var schema: JSONValue = ["type": "string"]
        if least > 0 { schema.set("minLength", .number("\((least + 3) / 4)")) }
        if let most { schema.set("maxLength", .number("\(most)")) }
        if !allowsNUL { schema.set("pattern", "^[^\\u0000]*$") }
        return schema
    }

    private static func base64(atLeast least: Int, _ most: Int?) -> JSONValue {
        var schema = SchemaBook.base64
        if least > 0 { schema.set("minLength", .number("\((least + 2) / 3 * 4)")) }
        if let most { schema.set("maxLength", .number("\((most + 2) / 3 * 4)")) }
        if least == most, least > 0 {
            let letter = "[A-Za-z0-9+/]"
            let rest = ["", "\(letter){2}==", "\(letter){3}="][least % 3]
            schema.set("pattern", .text("^(\(letter){4}){\(least / 3)}\(rest)$"))
        }
        return schema
    }

    private static func base64(_ count: Int) -> JSONValue { base64(atLeast: count, count) }

    // MARK: - Told

    /// What callers are told of a value of a type.
    func told(_ type: ForeignType, _ book: inout SchemaBook) -> JSONValue {
        switch type {
        case .void: return ["type": "null"]
        case .scalar(let scalar): return book.told(scalar)
        case .enumeration(let index):
            return book.reference(name("told", index)) { book in
                guard let type = file.enumeration(index) else { return .null }
                let named: JSONValue = ["enum": .list(type.values.map { .text($0.name) })]
                return ["anyOf": [named, book.told(type.scalar)]]
            }
        case .structure(let index):
            return book.reference(name("told", index)) { book in
                structure(index, needsPointers: true) { told($0, &book) }
            }
        case .text: return SchemaBook.orNull(SchemaBook.characters)
        case .bytes: return SchemaBook.orNull(SchemaBook.base64)
        case .array(let element):
            return SchemaBook.orNull(["type": "array", "items": told(element, &book)])
        case .pointer(let pointee): return SchemaBook.orNull(told(pointee, &book))
        case .inlineArray(let element, let count):
            return Self.list(of: told(element, &book), count)
        case .inlineText: return SchemaBook.characters
        case .inlineBytes(let count): return Self.base64(count)
        case .handle(let index): return SchemaBook.orNull(handle(index))
        case .callback, .opaque: return ["enum": [.null, "opaque"]]
        }
    }

    // MARK: - Both

    private static func list(of element: JSONValue, _ count: Int) -> JSONValue {
        [
            "type": "array", "minItems": .number("\(count)"), "maxItems": .number("\(count)"),
            "items": element,
        ]
    }

    /// A struct's members, all of which have to be there, except pointers that callers can't see.
    private func structure(
        _ index: Int,
        needsPointers: Bool,
        _ schema: (ForeignType) -> JSONValue
    ) -> JSONValue {
        let fields = file.structure(index)?.fields ?? []
        let needed = fields.filter { needsPointers || $0.type != .opaque }
        return [
            "type": "object", "additionalProperties": false,
            "required": .list(needed.map { .text($0.name) }),
            "properties": .members(fields.map { ($0.name, schema($0.type)) }),
        ]
    }
}
