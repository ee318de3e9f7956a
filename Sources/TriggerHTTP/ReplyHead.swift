internal import FunctionModel

/// The status line and fields of a reply, before they are bytes.
struct ReplyHead {
    /// As in HTTP.
    var status: Int
    /// The media type of the body; empty when unknown.
    var contentType = ""
    /// Further fields, already checked.
    var fields: [Field] = []
    /// Names the invocation, also one that never came to be.
    var invocation: InvocationID
    /// How it ended; `nil` while a stream runs.
    var outcome: Outcome?
    /// What was measured; goes with `outcome`.
    var usage = Usage()
    /// How the body ends.
    var ending: ReplyEnding
    /// The methods that the path takes.
    var allowed: [String] = []
    /// How long to wait before another attempt.
    var retryAfter: Duration?
    /// What becomes of the connection.
    var persistence = Persistence.implied
}

/// How a reply's body ends.
enum ReplyEnding: Equatable {
    /// There can't be one.
    case bodiless
    /// After so many bytes.
    case length(Int)
    /// With a last chunk.
    case chunked
    /// With the connection.
    case close
}

/// What a reply says about the connection.
enum Persistence: Equatable {
    /// Nothing: HTTP/1.1 goes on.
    case implied
    /// It goes on although the client speaks HTTP/1.0.
    case keepAlive
    /// It ends.
    case close
}

/// The fields of a function's response that may go on a wire.
enum ResponseFields {
    /// Drops fields that could split the response, and those that are the listener's to set.
    static func checked(_ head: ResponseHead) -> [Field] {
        guard !head.headers.isEmpty else { return [] }
        return head.headers.filter { field in
            guard let name = FieldText.lowercasedName(field.name),
                FieldText.isValue(field.value)
            else { return false }
            return !isReserved(name) && (name != "content-type" || head.contentType.isEmpty)
        }
    }

    /// Whether the listener sets the field itself, or it speaks of the connection.
    private static func isReserved(_ name: String) -> Bool {
        switch name {
        case "connection", "content-length", "date", "keep-alive", "proxy-connection", "te",
            "trailer", "transfer-encoding", "upgrade":
            true
        default: name.hasPrefix("roost-")
        }
    }
}
