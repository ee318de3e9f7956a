/// What a request line asks for, in the forms that RFC 9112, 3.2 allows an origin server.
struct RequestTarget: Equatable {
    /// The path, as received; `*` for the server itself.
    var path: String
    /// What follows `?`, as received.
    var query: String

    /// Splits and checks a target.
    init(_ target: String, method: String) throws(Problem) {
        if target == "*" {
            guard method == "OPTIONS" else { throw Self.refused }
            (path, query) = ("*", "")
            return
        }
        let local = try Self.originForm(target)
        guard Self.isClean(local) else { throw Self.refused }
        if let mark = local.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(local[..<mark])
            query = String(local[local.utf8.index(after: mark)...])
        } else {
            path = String(local)
            query = ""
        }
    }

    /// Refuses what can't be a host with an optional port.
    static func checkHost(_ host: String) throws(Problem) {
        let isClean = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "~"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
        guard isClean else { throw .badRequest("the Host field is not a host name with a port") }
    }

    private static let refused = Problem.badRequest("the request target is not a path")

    private static func originForm(_ target: String) throws(Problem) -> Substring {
        if target.utf8.first == UInt8(ascii: "/") { return target[...] }
        for scheme in ["http://", "https://"] as [StaticString]
        where target.utf8.count > scheme.utf8CodeUnitCount
            && FieldText.equals(target.prefix(scheme.utf8CodeUnitCount), lowercase: scheme)
        {
            let rest = target.dropFirst(scheme.utf8CodeUnitCount)
            let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            guard slash > rest.startIndex else { throw refused }
            try checkHost(String(rest[..<slash]))
            return slash == rest.endIndex ? "/" : rest[slash...]
        }
        throw refused
    }

    /// Whether it is visible ASCII without a fragment, and `%` stands before two digits, not 00.
    private static func isClean(_ target: Substring) -> Bool {
        var target = target
        return target.withUTF8 { bytes in
            for (index, byte) in bytes.enumerated() {
                guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return false }
                guard byte == UInt8(ascii: "%") else { continue }
                guard index + 2 < bytes.count, isHex(bytes[index + 1]), isHex(bytes[index + 2]),
                    bytes[index + 1] != UInt8(ascii: "0") || bytes[index + 2] != UInt8(ascii: "0")
                else { return false }
            }
            return true
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
