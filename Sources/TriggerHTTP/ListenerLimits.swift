public import FunctionModel
public import NIOCore

/// What a client may ask of the function listener; everything has a bound.
public struct ListenerLimits: Sendable {
    /// Connections at one time; one more is answered with 503 and closed.
    public var connections = 10_000
    /// The request line.
    public var requestLine = ByteCount.kibibytes(8)
    /// All header fields together, names and values.
    public var headers = ByteCount.kibibytes(16)
    /// The number of header fields.
    public var headerFields = 100
    /// From the first byte of a request until its headers are complete.
    public var headerTime = TimeAmount.seconds(10)
    /// Between two requests on one connection.
    public var idleTime = TimeAmount.seconds(60)
    /// Between two pieces of a request body.
    public var bodyTime = TimeAmount.seconds(30)
    /// The slowest that a request body may be on average, in bytes a second.
    public var bodyRate = 1 << 10
    /// All request bodies together that are kept until they are complete, or until their reply.
    public var bodies = ByteCount.mebibytes(512)
    /// Batches of invocations that are under way, of which one is read at a time.
    public var batches = 16
    /// What is left of a request's body when it has been answered, and is read for the sake of the
    /// connection; with more the connection is closed.
    public var skippedBody = ByteCount.kibibytes(64)
    /// How long a connection that is being closed waits for the client to read the answer.
    public var lingerTime = TimeAmount.seconds(2)
    /// Parsed pieces of pipelined requests that wait before the socket is no longer read.
    public var pipelinedPieces = 64

    /// The defaults.
    public init() {}
}
