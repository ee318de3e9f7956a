internal import FunctionModel
internal import NIOCore

/// A problem document (RFC 9457): what went wrong, for programs and people.
struct Problem: Error, Sendable, Equatable {
    /// The HTTP status.
    var status: Int
    /// The stable word at the end of `urn:roost:problem:`.
    var word: String
    /// The kind of problem in words that don't change.
    var title: String
    /// This occurrence, in a sentence.
    var detail: String
    /// How the invocation ended.
    var outcome = Outcome.rejected
    /// A short stable word for programs.
    var reason: String
    /// How long to wait before another attempt.
    var retryAfter: Duration?
    /// The methods that the path takes, where the method is the problem.
    var allowed: [String] = []

    init(
        _ status: Int,
        _ word: String,
        _ title: String,
        _ detail: String,
        outcome: Outcome = .rejected,
        reason: String? = nil
    ) {
        self.status = status
        self.word = word
        self.title = title
        self.detail = detail
        self.outcome = outcome
        self.reason = reason ?? word
    }

    /// The document.
    func document(invocation: InvocationID, function: FunctionName?) -> ByteBuffer {
        var json = JSONText()
        json.member("type", "urn:roost:problem:\(word)")
        json.member("title", title)
        json.member("status", status)
        json.member("detail", detail)
        json.member("invocation", invocation.description)
        if let function { json.member("function", function.description) }
        json.member("outcome", outcome.rawValue)
        json.member("reason", reason)
        return json.finished()
    }
}

/// Writes one flat JSON object.
struct JSONText {
    private var buffer = ByteBuffer()

    init() { buffer.reserveCapacity(512) }

    /// Adds a text.
    mutating func member(_ name: StaticString, _ value: String) {
        begin(name)
        buffer.writeString(value.quotedForJSON)
    }

    /// Adds a number.
    mutating func member(_ name: StaticString, _ value: Int) {
        begin(name)
        buffer.writeString(String(value))
    }

    /// Closes the object.
    mutating func finished() -> ByteBuffer {
        buffer.writeStaticString("}\n")
        return buffer
    }

    private mutating func begin(_ name: StaticString) {
        buffer.writeStaticString(buffer.readableBytes == 0 ? "{\"" : ",\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }
}
