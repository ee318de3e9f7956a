internal import FunctionModel
internal import NIOCore

/// A checked request without its body, as every codec hands it over.
struct RequestHead: Sendable, Equatable {
    /// The method, in capitals.
    var method: String
    /// The path, as received.
    var path: String
    /// What follows `?`, as received.
    var query = ""
    /// Whether the client speaks HTTP/1.1, so that it understands chunks and interim replies.
    var isHTTP11 = true
    /// Whether the client wants to send more requests on this connection.
    var keepsAlive = true
    /// How the body ends.
    var framing = BodyFraming.none
    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue = false
    /// The fields that a function may see, names in lower case.
    var fields: [Field] = []
    /// The body's media type.
    var contentType = ""
    /// The caller's W3C trace context; `nil` when there is none that can be continued.
    var trace: TraceContext?
    /// What the client has named the request, so that it can be repeated; empty for nothing.
    var idempotencyKey = ""
    /// The same by a field that software development kits send with every request.
    var sdkInvocation = ""
    /// The client's credentials, as it sent them; empty for none.
    var credentials = ""
    /// What the client would like.
    var preferences = Preferences()

    /// Whether the reply has no body.
    var isHead: Bool { method == "HEAD" }

    /// Whether the method promises that running twice does no more than running once.
    var isRepeatable: Bool {
        switch method {
        case "GET", "HEAD", "PUT", "DELETE", "OPTIONS": true
        default: !idempotencyKey.isEmpty || !sdkInvocation.isEmpty
        }
    }

    /// The key under which the request is to be answered once; `nil` for none, and where the method
    /// changes nothing anyway.
    var key: String? {
        guard !["GET", "HEAD", "OPTIONS"].contains(method) else { return nil }
        let key = idempotencyKey.isEmpty ? sdkInvocation : idempotencyKey
        return key.isEmpty ? nil : key
    }

    /// Who chose the key: a digest of the credentials, or anybody without any.
    var caller: String {
        credentials.isEmpty ? "http" : "http:" + SHA256.hash(credentials)
    }
}

/// How a request body ends.
enum BodyFraming: Sendable, Equatable {
    /// There is none.
    case none
    /// After so many bytes.
    case length(Int)
    /// With a last chunk.
    case chunked

    /// The bytes that are certain to come.
    var announced: Int {
        switch self {
        case .none, .chunked: 0
        case .length(let bytes): bytes
        }
    }
}

/// What a codec says about the bytes of a connection.
enum RequestEvent: Sendable {
    /// A request begins.
    case head(RequestHead)
    /// A piece of its body.
    case body(ByteBuffer)
    /// It is complete.
    case end
    /// It breaks the rules; nothing that follows can be understood.
    case refused(Problem)
}
