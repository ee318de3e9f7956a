internal import ForeignSignatures

/// The schema of what a function of plain C answers.
struct ForeignReplySchema {
    private let signature: Signature
    private let schemas: ForeignSchemas

    init(_ signature: Signature, _ schemas: ForeignSchemas) {
        self.signature = signature
        self.schemas = schemas
    }

    /// The reply of a call that went well.
    func reply(_ book: inout SchemaBook) -> JSONValue {
        let rule = signature.result
        let words = rule.summary ?? "What the function gave back, and what came out."
        if let type = rule.contentType {
            return SharedParts.reply(.members([(type, .object([]))]), words)
        }
        var properties: [(String, JSONValue)] = [("result", result(&book))]
        let outs = outs(&book)
        if tellsMore {
            properties.append(
                (
                    "out",
                    [
                        "type": "object", "additionalProperties": false,
                        "required": .list(outs.filter(\.isAlways).map { .text($0.name) }),
                        "properties": outs.reduce([:]) { $0.with($1.name, $1.schema) },
                    ]
                )
            )
        }
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false,
            "required": .list(properties.map { .text($0.0) }), "properties": .members(properties),
        ]
        return SharedParts.reply(["application/json": ["schema": schema]], words)
    }

    private func result(_ book: inout SchemaBook) -> JSONValue {
        let rule = signature.result
        let isNever = rule.success == .nonNull
        switch rule.type {
        case .bytes:
            let schema = rule.isText ? SchemaBook.characters : SchemaBook.base64
            return isNever ? schema : SchemaBook.orNull(schema)
        case .text where isNever: return SchemaBook.characters
        case .handle(let index) where isNever: return schemas.handle(index)
        case .array(let element) where isNever:
            return ["type": "array", "items": schemas.told(element, &book)]
        case .pointer(let pointee) where isNever: return schemas.told(pointee, &book)
        default: return schemas.told(rule.type, &book)
        }
    }

    private struct Out {
        var name: String
        var schema: JSONValue
        /// Whether every reply has it.
        var isAlways = true
    }

    /// As the call itself decides it.
    private var tellsMore: Bool {
        signature.arguments.contains { argument in
            if case .callback = argument.type { return true }
            return argument.isTold || argument.creates || !argument.readings.isEmpty
        }
    }

    private func outs(_ book: inout SchemaBook) -> [Out] {
        var outs: [Out] = []
        for argument in signature.arguments {
            if case .callback(let index) = argument.type {
                let choices =
                    argument.choices.isEmpty ? schemas.file.choices(for: index) : argument.choices
                if choices.contains("collect") {
                    let list = collected(index, &book)
                    outs.append(Out(name: argument.name, schema: list, isAlways: false))
                }
            } else if argument.creates, argument.direction == .in,
                case .handle(let index) = argument.type
            {
                outs.append(Out(name: argument.name, schema: schemas.handle(index)))
            } else if argument.isTold {
                outs.append(Out(name: argument.name, schema: told(argument, &book)))
            }
            guard let structure = structure(of: argument.type) else { continue }
            for place in argument.readings {
                let field = structure.fields[place]
                outs.append(Out(name: field.name, schema: schemas.told(field.type, &book)))
            }
        }
        return outs
    }

    private func told(_ argument: Argument, _ book: inout SchemaBook) -> JSONValue {
        let schema: JSONValue
        switch argument.type {
        case .text where argument.capacity != nil: schema = SchemaBook.characters
        case .bytes: schema = argument.isText ? SchemaBook.characters : SchemaBook.base64
        case .array(let element):
            schema = ["type": "array", "items": schemas.told(element, &book)]
        case .pointer(let pointee): schema = schemas.told(pointee, &book)
        default: return schemas.told(argument.type, &book)
        }
        return argument.isNullable ? SchemaBook.orNull(schema) : schema
    }

    /// What `collect` gathers: an object for each time that the library calls.
    private func collected(_ index: Int, _ book: inout SchemaBook) -> JSONValue {
        let parameters = schemas.file.callback(index)?.parameters ?? []
        let shown = parameters.filter { $0.type != .opaque }
        var properties: [(String, JSONValue)] = []
        for parameter in shown {
            properties.append((parameter.name, schemas.told(parameter.type, &book)))
        }
        return [
            "type": "array",
            "description": "What the library passed, where the callback is `collect`.",
            "items": [
                "type": "object", "additionalProperties": false,
                "required": .list(shown.map { .text($0.name) }),
                "properties": .members(properties),
            ],
        ]
    }

    private func structure(of type: ForeignType) -> StructureType? {
        switch type {
        case .handle(let index):
            schemas.file.handle(index)?.structure.flatMap(schemas.file.structure)
        case .structure(let index), .pointer(.structure(let index)): schemas.file.structure(index)
        default: nil
        }
    }
}
