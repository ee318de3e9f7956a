internal import ForeignSignatures
internal import FunctionModel

/// Writes the operations of one function.
struct OperationWriter {
    let function: FunctionDefinition
    let plugin: ServedPlugin
    /// Whether only the admin API leads to it.
    private(set) var isForOperators = false
    /// Whether nothing of HTTP leads to it.
    private(set) var isUnreachable = false

    init(function: FunctionDefinition, plugin: ServedPlugin) {
        self.function = function
        self.plugin = plugin
    }

    private var name: String { function.name.description }

    mutating func add(to paths: inout PathTable, schemas: inout SchemaBook, admin: String?) {
        let foreign = foreign(&schemas)
        if function.isCallableByName {
            let path = paths.template(like: "/functions/\(name)")
            // It takes any method; a reader is served best by one.
            paths.add("post", at: path, operation("post", name, foreign))
            if foreign != nil {
                paths.add("get", at: path, operation("get", "\(name).get", foreign))
            }
        } else if let admin {
            isForOperators = true
            let path = paths.template(like: "/v1/functions/\(name)/invoke")
            let server: JSONValue = [
                "url": .text(admin), "description": "The admin API, for operators",
            ]
            let guarded = operation("post", name, foreign, isAdmins: true)
                .with("servers", [server]).with("security", [["adminToken": []]])
            paths.add("post", at: path, guarded)
        } else {
            isUnreachable = true
        }
        var count = 0
        for route in function.triggers.compactMap(\.http) {
            count += 1
            addRoute(route, count, foreign, to: &paths)
        }
    }

    private func foreign(_ schemas: inout SchemaBook) -> ForeignOperation? {
        guard let file = plugin.signatures, let signature = plugin.signature(of: function) else {
            return nil
        }
        return ForeignOperation(signature, of: file, schemas: &schemas)
    }

    private func addRoute(
        _ route: HTTPTriggerDeclaration,
        _ number: Int,
        _ foreign: ForeignOperation?,
        to paths: inout PathTable
    ) {
        // OpenAPI's templates have no form for "the rest": its words say it.
        let template = paths.template(like: route.path.replacing("*}", with: "}"))
        let names = PathTable.names(template)
        let methods =
            route.method == "ANY"
            ? ["get", "post", "put", "patch", "delete"] : [route.method.lowercased()]
        for method in methods where PathTable.methods.contains(method) {
            let id = "\(name).route\(number).\(method)"
            var operation = operation(method, id, foreign, pathNames: names)
            if route.path.hasSuffix("*}"), case .text(let words)? = operation["description"] {
                let rest = names.last ?? ""
                operation.set("description", "\(words)\n\n`{\(rest)}` takes slashes too.")
            }
            paths.add(method, at: template, operation)
        }
    }

    // MARK: - One operation

    private func operation(
        _ method: String,
        _ id: String,
        _ foreign: ForeignOperation?,
        pathNames: [String] = [],
        isAdmins: Bool = false
    ) -> JSONValue {
        let hasBody = !["get", "head", "delete", "options", "trace"].contains(method)
        var words = function.words
        if let foreign { words = foreign.words + "\n\n" + words }
        if function.isCallableByName, pathNames.isEmpty, foreign == nil {
            words += " Any method is taken at `/functions/\(name)`."
        }
        var operation: JSONValue = [
            "operationId": .text(id), "tags": [.text(plugin.name)],
        ]
        operation.set("summary", function.manifest.summary.map { .text(Self.short($0)) })
        operation.set("description", .text(words))
        var parameters = pathNames.map(SharedParts.pathParameter)
        parameters += foreign?.query(hasBody: hasBody) ?? []
        parameters += isAdmins ? [] : SharedParts.callParameters(changes: hasBody)
        operation.set("parameters", parameters.isEmpty ? nil : .list(parameters))
        if hasBody {
            operation.set("requestBody", foreign?.requestBody ?? Self.anyBody)
        }
        operation.set("responses", responses(foreign, changes: hasBody))
        return operation
    }

    private func responses(_ foreign: ForeignOperation?, changes: Bool) -> JSONValue {
        var responses: JSONValue = [
            "200": foreign?.reply
                ?? SharedParts.reply(["*/*": [:]], "What the function answers."),
            "202": ["$ref": "#/components/responses/Accepted"],
        ]
        let shared = [
            ("400", foreign == nil ? "BadRequest" : "BadArgument"), ("409", "KeyConflict"),
            ("413", "TooLarge"), ("422", "KeyReused"), ("429", "TooManyRequests"),
            ("500", "Failed"), ("502", "Crashed"), ("503", "Unavailable"), ("504", "TimedOut"),
        ]
        for (status, name) in shared where changes || !name.hasPrefix("Key") {
            responses.set(status, ["$ref": .text("#/components/responses/\(name)")])
        }
        if let failure = foreign?.failure { responses.set(failure.status, failure.reply) }
        responses.set("default", ["$ref": "#/components/responses/Other"])
        return responses
    }

    /// What plugins take whose functions decode it themselves.
    private static let anyBody: JSONValue = [
        "description": "What the function takes; JSON for most.",
        "content": ["application/json": [:], "*/*": [:]],
    ]

    private static func short(_ text: String) -> String {
        text.count <= 120 ? text : text.prefix(117) + "…"
    }
}
