internal import FunctionModel

/// Routes by their segments.
///
/// A value that is changed in place: one route more costs the nodes on its path, however many
/// routes there are.
struct RouteTrie: Sendable {
    private var literals: [Substring: RouteTrie] = [:]
    /// At most one; an array, because a value can't hold one of its own kind.
    private var parameter: [RouteTrie] = []
    private var rest: RouteEnd?
    private var end: RouteEnd?

    /// Does `change` to what stands at the end of a path.
    mutating func change(
        _ path: ArraySlice<RoutePattern.Segment>,
        _ change: (RouteEnd?) -> RouteEnd?
    ) {
        guard let segment = path.first else {
            end = change(end)
            return
        }
        let further = path.dropFirst()
        switch segment {
        case .literal(let text):
            literals[text[...], default: RouteTrie()].change(further, change)
            if literals[text[...]]?.isEmpty == true { literals[text[...]] = nil }
        case .parameter:
            if parameter.isEmpty { parameter.append(RouteTrie()) }
            parameter[0].change(further, change)
            if parameter[0].isEmpty { parameter = [] }
        case .rest:
            rest = change(rest)
        }
    }

    /// What stands at the end of a path; `nil` when nothing does.
    func end(of path: ArraySlice<RoutePattern.Segment>) -> RouteEnd? {
        guard let segment = path.first else { return end }
        switch segment {
        case .literal(let text): return literals[text[...]]?.end(of: path.dropFirst())
        case .parameter: return parameter.first?.end(of: path.dropFirst())
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
        if let parameter = parameter.first, !segment.isEmpty {
            search.values.append(segment)
            if let route = parameter.follow(further, &search) { return route }
            search.values.removeLast()
        }
        guard let rest, let route = search.choose(rest) else { return nil }
        search.values.append(path)
        return route
    }

    private var isEmpty: Bool {
        literals.isEmpty && parameter.isEmpty && rest == nil && end == nil
    }

    private func follow(_ further: Substring?, _ search: inout RouteSearch) -> Route? {
        if let further { return match(further, &search) }
        return end.flatMap { search.choose($0) }
    }
}

/// The routes that end at one place of the trie, by method.
final class RouteEnd: Sendable {
    /// What is there; at least one.
    let routes: [Route]
    /// The methods that are taken, `HEAD` with `GET`.
    let allowed: [String]

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
