/// A route as a function declares it: `{name}` matches one segment, `{name*}` at the end the rest.
public struct RoutePattern: Hashable, Sendable, CustomStringConvertible {
    /// What stands between two slashes.
    public enum Segment: Hashable, Sendable {
        /// This text.
        case literal(String)
        /// Any one segment that is not empty, under a name.
        case parameter(String)
        /// All that follows, under a name.
        case rest(String)
    }

    /// The longest route.
    public static let maximumBytes = 1_024
    /// The most segments of a route.
    public static let maximumSegments = 32
    /// First segments that belong to the host.
    public static let reserved = ["functions", "invocations"]

    /// What it consists of.
    public let segments: [Segment]
    /// The route as it was written.
    public let description: String

    /// Reads a route.
    ///
    /// - Throws: `InvalidRoute` with what is wrong about it.
    public init(_ text: String) throws(InvalidRoute) {
        func refuse(_ reason: String) -> InvalidRoute { InvalidRoute(route: text, reason: reason) }
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw refuse("it has to start with '/'")
        }
        guard text.utf8.count <= Self.maximumBytes else {
            throw refuse("it is longer than \(Self.maximumBytes) bytes")
        }
        let pieces = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= Self.maximumSegments else {
            throw refuse("it has more than \(Self.maximumSegments) segments")
        }
        var segments: [Segment] = []
        for (position, piece) in pieces.enumerated() {
            let segment = try Self.segment(piece, isLast: position == pieces.count - 1, refuse)
            if let name = segment.name, segments.contains(where: { $0.name == name }) {
                throw refuse("it has two parameters with the name '\(name)'")
            }
            segments.append(segment)
        }
        if case .literal(let first) = segments.first, Self.reserved.contains(first) {
            throw refuse("'/\(first)' belongs to the host; choose another first segment")
        }
        self.segments = segments
        description = text
    }

    /// The same for two routes that match the same paths, whatever their parameters are called.
    public var shape: [Segment] {
        segments.map { segment in
            switch segment {
            case .literal: segment
            case .parameter: .parameter("")
            case .rest: .rest("")
            }
        }
    }

    private static func segment(
        _ piece: Substring,
        isLast: Bool,
        _ refuse: (String) -> InvalidRoute
    ) throws(InvalidRoute) -> Segment {
        if piece.isEmpty {
            guard isLast else { throw refuse("it has an empty segment") }
            return .literal("")
        }
        guard piece.utf8.first == UInt8(ascii: "{") else {
            guard piece.utf8.allSatisfy(isLiteral) else {
                throw refuse(
                    "'\(piece)' may have letters, digits and -._~!$&'()*+,;=:@ only; a parameter "
                        + "takes a whole segment, as in '/orders/{id}'"
                )
            }
            return .literal(String(piece))
        }
        guard piece.utf8.last == UInt8(ascii: "}") else { throw refuse("'\(piece)' lacks its '}'") }
        var name = piece.dropFirst().dropLast()
        let isRest = name.utf8.last == UInt8(ascii: "*")
        if isRest { name = name.dropLast() }
        guard isName(name) else {
            throw refuse("'\(piece)' is not a parameter: name it with letters, digits and '_'")
        }
        guard isRest else { return .parameter(String(name)) }
        guard isLast else { throw refuse("'\(piece)' takes the rest, so it has to come last") }
        return .rest(String(name))
    }

    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        return !isDigit(first) && name.utf8.allSatisfy { isWord($0) }
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        isWord(byte) || "-.~!$&'()*+,;=:@".utf8.contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        let isLetter =
            byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
        return isLetter || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}

extension RoutePattern.Segment {
    /// The parameter's name; `nil` for a literal.
    public var name: String? {
        switch self {
        case .literal: nil
        case .parameter(let name), .rest(let name): name
        }
    }
}

/// A route that breaks the rules for routes.
public struct InvalidRoute: Error, Hashable, Sendable, CustomStringConvertible {
    /// The route as it was written.
    public let route: String
    /// What is wrong.
    public let reason: String

    /// The sentence for whoever wrote it.
    public var description: String { "the route '\(route)' is not valid: \(reason)" }
}
