/// A URL that the host posts to, taken apart by one strict reading: who checks it and who connects
/// see the same host.
public struct DeliveryURL: Sendable, Hashable, CustomStringConvertible {
    /// Whether it is `https`.
    public let isSecure: Bool
    /// The host's name or address, in lower case, without brackets.
    public let host: String
    /// The port, that of the scheme where none was written.
    public let port: Int
    /// Path and query, beginning with `/`.
    public let target: String

    /// Reads `http://host[:port][/path][?query]`, or `https`; `nil` for anything else, such as a name
    /// and password before the host, or a path that leads upwards.
    public init?(_ text: String) {
        let lower = text.lowercased()
        isSecure = lower.hasPrefix("https://")
        guard isSecure || lower.hasPrefix("http://"), text.utf8.count <= Destination.longest,
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return nil }
        let rest = text.dropFirst(isSecure ? 8 : 7).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (name, port) = Self.split(authority) else { return nil }
        host = name
        self.port = port ?? (isSecure ? 443 : 80)
        let after = rest.dropFirst(authority.count)
        target = after.hasPrefix("/") ? String(after) : "/" + after
        let path = target.prefix { $0 != "?" }.lowercased()
        guard !path.contains("/.."), !path.contains("/./"), !path.contains("%2e"),
            !path.contains("%2f")
        else { return nil }
    }

    /// The value of the `Host` field.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The URL, in one way of writing.
    public var description: String { (isSecure ? "https://" : "http://") + authority + target }

    /// Whether it stands below another one: the same place, and whole segments of its path.
    public func isPart(of other: DeliveryURL) -> Bool {
        guard isSecure == other.isSecure, host == other.host, port == other.port,
            target.hasPrefix(other.target)
        else { return false }
        guard let next = target.dropFirst(other.target.count).first else { return true }
        return other.target.hasSuffix("/") || next == "/" || next == "?"
    }

    private static func split(_ authority: Substring) -> (String, Int?)? {
        var name = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.count <= 5, let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
            name = authority[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            guard name.contains(":"), name.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
            else { return nil }
        } else {
            guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else {
                return nil
            }
        }
        return name.isEmpty ? nil : (name.lowercased(), port)
    }
}
