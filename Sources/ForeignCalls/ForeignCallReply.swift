/// What a function is to be called with.
public struct ForeignRequest {
    /// The body.
    public var body: UnsafeRawBufferPointer
    /// Its media type; empty where nobody said.
    public var contentType: UnsafeRawBufferPointer
    /// What stands behind the question mark, still percent-encoded.
    public var query: UnsafeRawBufferPointer

    /// Describes a request; its bytes have to stay until the call has returned.
    public init(
        body: UnsafeRawBufferPointer,
        contentType: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        query: UnsafeRawBufferPointer = .init(start: nil, count: 0)
    ) {
        self.body = body
        self.contentType = contentType
        self.query = query
    }
}

/// How a call went.
public struct ForeignReply: Sendable, Hashable {
    /// The status, as in HTTP.
    public var status = 200
    /// The body's media type.
    public var contentType = "application/json"
    /// Whether it failed; then a short word and a sentence say how.
    public var failure: Failure?

    /// What went wrong.
    public struct Failure: Sendable, Hashable {
        /// A short stable word.
        public var kind: String
        /// What happened, for the caller.
        public var words: String
    }
}
