/// The operations by path and method.
///
/// Templates that differ in their parameters' names only are one path to OpenAPI, so the first one's
/// names hold for all.
struct PathTable {
    private struct Path {
        var template: String
        var operations: [(method: String, operation: JSONValue)] = []
    }

    /// The methods that a path can list.
    static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private var paths: [Path] = []
    private var places: [String: Int] = [:]

    /// The template by which a path is known, where it is; else this one from now on.
    mutating func template(like template: String) -> String {
        let shape = Self.shape(template)
        if let place = places[shape] { return paths[place].template }
        places[shape] = paths.count
        paths.append(Path(template: template))
        return template
    }

    /// Adds an operation, unless the path has one of that method.
    mutating func add(_ method: String, at template: String, _ operation: JSONValue) {
        guard let place = places[Self.shape(template)],
            !paths[place].operations.contains(where: { $0.method == method })
        else { return }
        paths[place].operations.append((method, operation))
    }

    /// The names of a template's parameters.
    static func names(_ template: String) -> [String] {
        template.split(separator: "/").compactMap { piece in
            piece.hasPrefix("{") ? String(piece.dropFirst().dropLast()) : nil
        }
    }

    private static func shape(_ template: String) -> String {
        template.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : $0 }.joined(separator: "/")
    }

    /// All paths, with those that aren't functions behind them.
    func json(with others: [(String, JSONValue)]) -> JSONValue {
        let own = paths.filter { !$0.operations.isEmpty }.map { path in
            (path.template, JSONValue.members(path.operations.map { ($0.method, $0.operation) }))
        }
        return .members(own.sorted { $0.0 < $1.0 } + others)
    }
}
