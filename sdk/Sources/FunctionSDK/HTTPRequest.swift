/// What a request has beside its body; valid while the invocation runs.
public struct HTTPRequest: Sendable {
    private let call: Call

    /// `nil` when the event is no request.
    init?(_ call: Call) {
        guard let event = call.event, event.pointee.method.count > 0 else { return nil }
        self.call = call
    }

    /// The method, in capitals.
    public var method: String { call.event?.pointee.method.string ?? "" }
    /// The path, as received.
    public var path: String { call.event?.pointee.path.string ?? "" }
    /// What follows `?`, as received.
    public var query: String { call.event?.pointee.query.string ?? "" }

    /// The headers.
    public var headers: Headers {
        guard let event = call.event else { return [:] }
        return Headers(event.pointee.headers, count: event.pointee.header_count)
    }

    /// The first value of one header; cheaper than reading all.
    public func header(_ name: String) -> String? {
        guard let event = call.event else { return nil }
        return UnsafeBufferPointer(start: event.pointee.headers, count: event.pointee.header_count)
            .first { $0.name.matches(name) }?.value.string
    }

    /// The parameters of the route, percent-decoded.
    public var parameters: [String: String] {
        guard let event = call.event else { return [:] }
        let fields = Headers(event.pointee.parameters, count: event.pointee.parameter_count)
        return Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The items of the query, percent-decoded, in their order.
    public var queryItems: [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            return (
                PercentCoding.decode(parts[0]),
                parts.count > 1 ? PercentCoding.decode(parts[1]) : ""
            )
        }
    }

    /// The first value of a name in the query.
    public func queryValue(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// Parameters and query together, as a body-less input is decoded from them; parameters win.
    func parametersAndQuery() -> [String: String] {
        Dictionary(
            queryItems.map { ($0.name, $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        .merging(parameters) { $1 }
    }
}

/// Percent-encoding of queries, where `+` stands for a space.
enum PercentCoding {
    static func decode(_ text: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = hexByte(rest.prefix(2)) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexByte(_ digits: some Collection<UInt8>) -> UInt8? {
        guard digits.count == 2 else { return nil }
        return digits.reduce(UInt8?(0)) { value, digit in
            guard let value, let nibble = Character(UnicodeScalar(digit)).hexDigitValue else {
                return nil
            }
            return value << 4 | UInt8(nibble)
        }
    }
}
