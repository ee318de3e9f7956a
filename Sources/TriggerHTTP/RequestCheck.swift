internal import FunctionModel

/// Builds a request head from what a codec has parsed, and refuses what breaks the rules of
/// RFC 9110 and 9112 or could be read in two ways.
struct RequestCheck {
    private let limits: ListenerLimits
    private var head: RequestHead
    private var hosts = 0
    private var contentLength: Int?
    private var isChunked = false
    private var hasKey = false
    private var headerBytes = 0
    private var headerFields = 0
    private var traceParents: [String] = []
    private var traceStates: [String] = []

    /// Checks the request line.
    init(
        method: String,
        target: String,
        minorVersion: Int,
        limits: ListenerLimits
    ) throws(Problem) {
        self.limits = limits
        guard method.utf8.count + target.utf8.count + 11 <= limits.requestLine.bytes else {
            throw .lineTooLong(limit: limits.requestLine)
        }
        guard method != "CONNECT" else { throw .notImplemented }
        let target = try RequestTarget(target, method: method)
        head = RequestHead(method: method, path: target.path, query: target.query)
        head.isHTTP11 = minorVersion >= 1
        head.keepsAlive = head.isHTTP11
    }

    /// Checks a header field.
    mutating func add(name: String, value: String) throws(Problem) {
        headerBytes += name.utf8.count + value.utf8.count
        headerFields += 1
        guard headerBytes <= limits.headers.bytes, headerFields <= limits.headerFields else {
            throw .headersTooLarge(limits)
        }
        guard let name = FieldText.lowercasedName(name) else {
            throw .badRequest("a header field's name has a character that is not allowed there")
        }
        guard FieldText.isValue(value) else {
            throw .badRequest("the value of '\(name)' has a control character")
        }
        if try notices(name, value) { head.fields.append(Field(name, value)) }
    }

    /// Checks the whole.
    func finish() throws(Problem) -> RequestHead {
        guard hosts == 1 || hosts == 0 && !head.isHTTP11 else {
            throw .badRequest("a request has exactly one Host field; this one has \(hosts)")
        }
        guard !isChunked || contentLength == nil else {
            throw .badRequest("a request has Content-Length or Transfer-Encoding, not both")
        }
        guard !isChunked || head.isHTTP11 else {
            throw .badRequest("HTTP/1.0 has no Transfer-Encoding")
        }
        var head = head
        if traceParents.count == 1 {
            head.trace = TraceContext(traceparent: traceParents[0], states: traceStates)
        }
        if isChunked {
            head.framing = .chunked
        } else if let contentLength, contentLength > 0 {
            head.framing = .length(contentLength)
        }
        return head
    }

    /// Takes what the listener itself needs of a field; whether a function may see the field.
    private mutating func notices(_ name: String, _ value: String) throws(Problem) -> Bool {
        switch name {
        case "host":
            hosts += 1
            try RequestTarget.checkHost(value)
        case "content-length":
            try noticeLength(value)
        case "transfer-encoding":
            try noticeEncoding(value)
            return false
        case "connection":
            noticeConnection(value)
            return false
        case "expect":
            try noticeExpectation(value)
            return false
        case "content-type":
            head.contentType = value
        case "traceparent":
            traceParents.append(value)
            return false
        case "tracestate":
            traceStates.append(value)
            return false
        case "idempotency-key":
            guard !hasKey else { throw .badRequest("Idempotency-Key is there twice") }
            hasKey = true
            // A string of structured fields, or the bare text that most clients send.
            let isQuoted = value.utf8.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
            head.idempotencyKey = isQuoted ? String(value.dropFirst().dropLast()) : value
            guard (1...IdempotencyKey.longest).contains(head.idempotencyKey.utf8.count) else {
                throw .badRequest(
                    "Idempotency-Key has 1 to \(IdempotencyKey.longest) bytes, not "
                        + "\(head.idempotencyKey.utf8.count)"
                )
            }
        case "amz-sdk-invocation-id":
            if value.utf8.count <= 255 { head.sdkInvocation = value }
        case "authorization", "x-api-key":
            head.credentials += "\(name):\(value)\n"
        case "prefer":
            head.preferences.add(value)
        case "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "http2-settings":
            return false
        default:
            break
        }
        return true
    }

    private mutating func noticeLength(_ value: String) throws(Problem) {
        guard contentLength == nil else { throw .badRequest("Content-Length is there twice") }
        guard value.utf8.count <= 18, !value.isEmpty,
            value.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let length = Int(value)
        else { throw .badRequest("Content-Length is not a number") }
        contentLength = length
    }

    private mutating func noticeEncoding(_ value: String) throws(Problem) {
        guard !isChunked, FieldText.equals(value[...], lowercase: "chunked") else {
            throw .badRequest("the only Transfer-Encoding that is understood is 'chunked', once")
        }
        isChunked = true
    }

    private mutating func noticeConnection(_ value: String) {
        for option in FieldText.members(value) {
            if FieldText.equals(option, lowercase: "close")
                || FieldText.equals(option, lowercase: "upgrade")
            {
                // No upgrade is offered, and a decoder may stop where one was asked for.
                head.keepsAlive = false
                return
            }
            if !head.isHTTP11, FieldText.equals(option, lowercase: "keep-alive") {
                head.keepsAlive = true
            }
        }
    }

    private mutating func noticeExpectation(_ value: String) throws(Problem) {
        guard FieldText.equals(value[...], lowercase: "100-continue") else {
            throw .expectationFailed
        }
        head.expectsContinue = head.isHTTP11
    }
}
