internal import ForeignSignatures

/// What a function of plain C takes and gives, as its signature says.
struct ForeignOperation {
    /// What it is called with, in words.
    let words: String
    let requestBody: JSONValue
    let reply: JSONValue
    /// What calls are answered that the library says have failed.
    let failure: (status: String, reply: JSONValue)?
    private let arguments: ForeignArguments

    init(_ signature: Signature, of file: SignatureFile, schemas book: inout SchemaBook) {
        let schemas = ForeignSchemas(file: file)
        arguments = ForeignArguments(signature, schemas, &book)
        words = "`\(file.words(of: signature))` of \(file.library.name)."
        requestBody = arguments.requestBody
        reply = ForeignReplySchema(signature, schemas).reply(&book)
        let rule = signature.result
        let words = "The library says that the call has failed, in its own words."
        failure =
            rule.success == .always ? nil : ("\(rule.status)", SharedParts.problem(words))
    }

    /// The arguments that a query names: all where there is no body, else those beside a raw one.
    func query(hasBody: Bool) -> [JSONValue] {
        let hasRaw = arguments.parameters.contains(where: \.isBody)
        guard !hasBody || hasRaw else { return [] }
        return arguments.parameters.filter { !hasBody || !$0.isBody }.map { parameter in
            parameter.json.with("required", .truth(!hasBody && parameter.isNeeded))
        }
    }
}

/// The schemas of a function's arguments.
struct ForeignArguments {
    /// One argument in a query.
    struct Parameter {
        var json: JSONValue
        /// Whether callers can't leave it out.
        var isNeeded: Bool
        /// Whether a raw body stands for it.
        var isBody: Bool
    }

    let requestBody: JSONValue
    let parameters: [Parameter]

    init(_ signature: Signature, _ schemas: ForeignSchemas, _ book: inout SchemaBook) {
        let asked = signature.arguments.filter(\.isAsked)
        // With the lengths that follow from others, which callers may give too.
        let full = signature.arguments.filter { argument in
            if case .length = argument.source { true } else { argument.isAsked }
        }
        var values: [String: JSONValue] = [:]
        for argument in full {
            let bounded = Self.withRoom(argument, of: signature, schemas)
            values[argument.name] = Self.schema(bounded, schemas, &book)
        }
        requestBody = Self.body(signature, asked: asked, full: full, values)
        parameters = full.map { argument in
            Parameter(
                json: Self.parameter(argument, values[argument.name] ?? .null),
                isNeeded: argument.isAsked && argument.fallback == nil,
                isBody: argument.isBody
            )
        }
    }

    private static func body(
        _ signature: Signature,
        asked: [Argument],
        full: [Argument],
        _ values: [String: JSONValue]
    ) -> JSONValue {
        func list(_ arguments: [Argument], least: Int) -> JSONValue {
            [
                "type": "array", "minItems": .number("\(least)"),
                "maxItems": .number("\(arguments.count)"),
                "prefixItems": .list(arguments.map { values[$0.name] ?? .null }),
                "description": .text(
                    "In this order: \(arguments.map(\.name).joined(separator: ", "))."
                ),
            ]
        }
        let needed = asked.filter { $0.fallback == nil }
        let named: JSONValue = [
            "type": "object", "additionalProperties": false,
            "required": .list(needed.map { .text($0.name) }),
            "properties": .members(full.map { ($0.name, values[$0.name] ?? .null) }),
        ]
        // Those at the end that have defaults may be left out.
        let least = asked.lastIndex { $0.fallback == nil }.map { $0 + 1 } ?? 0
        var choices = [named]
        choices.append(
            asked.isEmpty ? ["type": "array", "maxItems": 0] : list(asked, least: least)
        )
        if full.count > asked.count { choices.append(list(full, least: full.count)) }
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false,
            "required": needed.isEmpty ? [] : ["args"],
            "properties": ["args": ["anyOf": .list(choices)]],
        ]
        var content: JSONValue = ["application/json": ["schema": schema]]
        var request: JSONValue = ["required": .truth(!needed.isEmpty)]
        if let raw = signature.arguments.first(where: \.isBody) {
            content.set(raw.type == .text ? "text/plain" : "application/octet-stream", [:])
            let words =
                "A body that isn't JSON is the argument '\(raw.name)'; others go in the query."
            request.set("description", .text(words))
        }
        return request.with("content", content)
    }

    /// One argument in a query: plain where its text means itself, else as JSON.
    private static func parameter(_ argument: Argument, _ schema: JSONValue) -> JSONValue {
        var parameter: JSONValue = ["name": .text(argument.name), "in": "query"]
        parameter.set("description", argument.summary.map(JSONValue.text))
        switch argument.type {
        case .scalar, .enumeration, .text, .handle, .callback:
            parameter.set("schema", schema)
        case .bytes:
            parameter.set("schema", ForeignSchemas.plainBytes(argument))
        default: parameter.set("content", ["application/json": ["schema": schema]])
        }
        return parameter
    }

    /// What callers give for an argument.
    private static func schema(
        _ argument: Argument,
        _ schemas: ForeignSchemas,
        _ book: inout SchemaBook
    ) -> JSONValue {
        var schema: JSONValue
        let (least, most) = (argument.minimumLength, argument.maximumLength)
        switch argument.type {
        case .scalar(let scalar) where argument.measures != nil && !argument.isAsked:
            let whole = SchemaBook.whole(scalar, from: "0")
            schema = ["anyOf": [whole, SchemaBook.digits(scalar, isSigned: false)]]
        case .scalar(let scalar) where argument.minimum != nil || argument.maximum != nil:
            schema = bounded(scalar, argument, schemas)
        case .text: schema = ForeignSchemas.text(least: least, most: most)
        case .bytes: schema = schemas.bytes(isText: argument.isText, least: least, most: most)
        case .array(let element):
            schema = ["type": "array", "items": schemas.given(element, &book)]
            if least > 0 { schema.set("minItems", .number("\(least)")) }
            schema.set("maxItems", most.map { .number("\($0)") })
        case .callback where !argument.choices.isEmpty:
            schema = schemas.callback(argument.choices)
        default: schema = schemas.given(argument.type, &book)
        }
        if argument.isNullable, argument.type.isPointer { schema = SchemaBook.orNull(schema) }
        var words = argument.summary.map { [$0] } ?? []
        if let measured = argument.measures, !argument.isAsked {
            words.append("The length of argument \(measured + 1), unless given: at most that.")
        }
        if !words.isEmpty { schema.set("description", .text(words.joined(separator: " "))) }
        if let fallback = argument.fallback, let value = JSONValue(json: fallback) {
            schema.set("default", value)
        }
        return schema
    }

    /// An argument that says how much room there is, with the bounds that follow.
    private static func withRoom(
        _ argument: Argument,
        of signature: Signature,
        _ schemas: ForeignSchemas
    ) -> Argument {
        guard argument.isAsked, let index = signature.index(of: argument.name),
            let buffer = signature.arguments.first(where: { $0.capacity == .argument(index) })
        else { return argument }
        let stride = max(1, schemas.file.layout(of: buffer.type.element ?? .byte).size)
        let most = min(
            buffer.maximumLength ?? SignatureFile.memoryLimit,
            SignatureFile.memoryLimit / stride
        )
        var bounded = argument
        bounded.minimum = max(argument.minimum ?? 0, 0)
        bounded.maximum = min(argument.maximum ?? Double(most), Double(most))
        return bounded
    }

    /// A number with bounds of its own.
    private static func bounded(
        _ scalar: Scalar,
        _ argument: Argument,
        _ schemas: ForeignSchemas
    ) -> JSONValue {
        let (least, most) = (argument.minimum, argument.maximum)
        func digits(_ bound: Double) -> String {
            Int64(exactly: bound).map { "\($0)" } ?? "\(bound)"
        }
        let names = schemas.constants(for: scalar) { value in
            value >= least ?? -.infinity && value <= most ?? .infinity
        }
        let named = names.isEmpty ? [] : [ForeignSchemas.names(names)]
        if scalar.isInteger {
            // The narrower of the type's bounds and the argument's.
            let low = least.flatMap { $0 > -Double(scalar.lowest) ? digits($0) : nil }
            let high = most.flatMap { $0 < Double(scalar.highest) ? digits($0) : nil }
            let whole = SchemaBook.whole(scalar, from: low, to: high)
            return ["anyOf": .list([whole, SchemaBook.digits(scalar)] + named)]
        }
        var real = SchemaBook.real(scalar)
        real.set("minimum", least.map { .number(digits($0)) })
        real.set("maximum", most.map { .number(digits($0)) })
        var choices = [real]
        if most == nil { choices.append(["enum": ["Infinity"]]) }
        if least == nil { choices.append(["enum": ["-Infinity"]]) }
        return ["anyOf": .list(choices + named)]
    }
}
