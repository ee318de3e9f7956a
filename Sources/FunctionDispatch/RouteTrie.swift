internal import FunctionModel

/// Routes by their segments.
///
/// Nodes are immutable: adding a route copies the nodes on its path, so a table with thousands of
/// routes is replaced by another at the cost of one.
final class RouteTrie: Sendable {
    /// The empty trie.
    static let empty = RouteTrie(literals: [:], parameter: nil, rest: nil, end: nil)

    private let literals: [Substring: RouteTrie]
    private let parameter: RouteTrie?
    private let rest: RouteEnd?
    private let end: RouteEnd?

    private init(
        literals: [Substring: RouteTrie],
        parameter: RouteTrie?,
        rest: RouteEnd?,
        end: RouteEnd?
    ) {
        self.literals = literals
        self.parameter = parameter
        self.rest = rest
        self.end = end
    }

    /// Returns a trie in which `change` has been done to what stands at the end of a path.
    func changing(
        _ path: ArraySlice<RoutePattern.Segment>,
        _ change: (RouteEnd?) -> RouteEnd?
    ) -> RouteTrie {
        guard let segment = path.first else {
            return RouteTrie(
                literals: literals,
                parameter: parameter,
                rest: rest,
                end: change(end)
            )
        }
        let further = path.dropFirst()
        switch segment {
        case .literal(let text):
            var literals = literals
            let child = (literals[text[...]] ?? .empty).changing(further, change)
            literals[text[...]] = child.isEmpty ? nil : child
            return RouteTrie(literals: literals, parameter: parameter, rest: rest, end: end)
        case .parameter:
            let child = (parameter ?? .empty).changing(further, change)
            return RouteTrie(
                literals: literals,
                parameter: child.isEmpty ? nil : child,
                rest: rest,
                end: end
            )
        case .rest:
            return RouteTrie(
                literals: literals,
                parameter: parameter,
                rest: change(rest),
                end: end
            )
        }
    }

    /// What stands at the end of a path; `nil` when nothing does.
    func end(of path: ArraySlice<RoutePattern.Segment>) -> RouteEnd? {
        guard let segment = path.first else { return end }
        switch segment {
        case .literal(let text): return literals[text[...]]?.end(of: path.dropFirst())
        case .parameter: return parameter?.end(of: path.dropFirst())
        case .rest: return rest
        }
    }

    /// Walks along a path, which has lost its first slash: literals first, then parameters, then the
    /// rest; goes on to the next candidate while the method doesn't match.
    func match(_ path: Substring, _ search: inout RouteSearch) -> Route? {
        let slash = path.utf8.firstIndex(of: UInt8(ascii: "/"))
        let segment = slash.map { path[..<$0] } ?? path
        let further = slash.map { path[path.utf8.index(after: $0)...] }
        if let literal = literals[segment], let route = literal.follow(further, &search) {
            return route
        }
        if let parameter, !segment.isEmpty {
            search.values.append(segment)
            if let route = parameter.follow(further, &search) { return route }
            search.values.removeLast()
        }
        guard let rest, let route = search.choose(rest) else { return nil }
        search.values.append(path)
        return route
    }

    private var isEmpty: Bool {
        literals.isEmpty && parameter == nil && rest == nil && end == nil
    }

    private func follow(_ further: Substring?, _ search: inout RouteSearch) -> Route? {
        if let further { return match(further, &search) }
        return end.flatMap { search.choose($0) }
    }
}

/// The routes that end at one place of the trie, by method.
struct RouteEnd: Sendable {
    /// What is there; at least one.
    private(set) var routes: [Route]
    /// The methods that are taken, `HEAD` with `GET`.
    private(set) var allowed: [String]

    init?(_ routes: [Route]) {
        guard !routes.isEmpty else { return nil }
        self.routes = routes
        allowed = Self.allowed(routes.map(\.method))
    }

    /// The route for a method: its own, `GET` for `HEAD`, then `ANY`.
    func route(for method: String) -> Route? {
        if let own = routes.first(where: { $0.method == method }) { return own }
        if method == "HEAD", let get = routes.first(where: { $0.method == "GET" }) { return get }
        return routes.first { $0.method == "ANY" }
    }

    /// What `ANY` stands for where methods are listed.
    static let any = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private static func allowed(_ methods: [String]) -> [String] {
        var allowed: [String] = []
        for method in methods {
            let names = method == "ANY" ? any : method == "GET" ? ["GET", "HEAD"] : [method]
            for name in names where !allowed.contains(name) { allowed.append(name) }
        }
        return allowed
    }
}

/// One route of one function.
final class Route: Sendable {
    let method: String
    let pattern: RoutePattern
    let entry: FunctionEntry
    let parameters: [String]

    init(method: String, pattern: RoutePattern, entry: FunctionEntry) {
        self.method = method
        self.pattern = pattern
        self.entry = entry
        parameters = pattern.segments.compactMap(\.name)
    }
}

/// A walk through the trie: the parameters' values on the way, and the methods of paths that would
/// have matched.
struct RouteSearch {
    let method: String
    var values: [Substring] = []
    var allowed: [String] = []

    init(method: String) { self.method = method }

    mutating func choose(_ end: RouteEnd) -> Route? {
        if let route = end.route(for: method) {
            allowed = end.allowed
            return route
        }
        for name in end.allowed where !allowed.contains(name) { allowed.append(name) }
        return nil
    }
}
