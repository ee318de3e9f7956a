internal import FunctionModel

/// What callers may send to which function, and what comes back, as an OpenAPI 3.1 document.
///
/// A pure value: made of what is in service, it says no more than the admin API shows.
public struct OpenAPIDocument: Sendable {
    /// The document.
    public let json: JSONValue

    /// Describes what is in service.
    ///
    /// - Parameters:
    ///   - plugins: The plugins; those that are switched off are left out.
    ///   - functions: The function listener's URL.
    ///   - admin: The admin API's URL; `nil` where it has only its socket.
    public init(plugins: [ServedPlugin], functions: String, admin: String?) {
        let plugins = plugins.sorted { $0.name < $1.name }
        var schemas = SchemaBook()
        var paths = PathTable()
        var unreachable: [String] = []
        var asksForToken = false
        for plugin in plugins {
            for function in plugin.functions.sorted(by: { $0.name < $1.name })
            where function.isEnabled {
                var writer = OperationWriter(function: function, plugin: plugin)
                writer.add(to: &paths, schemas: &schemas, admin: admin)
                asksForToken = asksForToken || writer.isForOperators
                if writer.isUnreachable { unreachable.append(function.name.description) }
            }
        }
        var document: JSONValue = [
            "openapi": "3.1.0",
            "info": Self.info(plugins, unreachable),
            "servers": [["url": .text(functions), "description": "The function listener"]],
            "tags": .list(Self.tags(plugins)),
            "paths": paths.json(with: SharedParts.paths),
        ]
        var components = SharedParts.components
        components.set("schemas", SharedParts.schemas(with: schemas))
        if asksForToken { components.set("securitySchemes", SharedParts.adminToken) }
        document.set("components", components)
        json = document
    }

    /// The version changes whenever that of a plugin does.
    private static func info(_ plugins: [ServedPlugin], _ unreachable: [String]) -> JSONValue {
        var sum = SHA256()
        for plugin in plugins { sum.add("\(plugin.name) \(plugin.version.contentHash)\n".utf8) }
        var words = """
            Every function that this host serves. A function answers at `/functions/NAME` and at the \
            routes that it declares. Errors are problem documents (RFC 9457).
            """
        if !unreachable.isEmpty {
            words += " Not callable over HTTP: \(unreachable.joined(separator: ", "))."
        }
        return [
            "title": "Functions of this host",
            "description": .text(words),
            "version": .text(String(sum.finish().prefix(12))),
        ]
    }

    private static func tags(_ plugins: [ServedPlugin]) -> [JSONValue] {
        plugins.map { plugin in
            let tag: JSONValue = ["name": .text(plugin.name)]
            return tag.with("description", plugin.version.manifest.summary.map(JSONValue.text))
        } + [["name": "invocations", "description": "Calls that are queued."]]
    }
}
