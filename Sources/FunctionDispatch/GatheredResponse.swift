internal import FunctionModel
internal import NIOCore

/// A response that is gathered whole, up to a limit, whether it comes as a stream or not.
struct GatheredResponse: Sendable {
    var limit = 6 << 20
    private(set) var isTooLarge = false
    private var head: ResponseHead?
    private var body = ByteBuffer()

    mutating func begin(_ head: ResponseHead) { self.head = head }

    /// Takes a piece; false when there has been too much.
    mutating func append(_ piece: ByteBuffer) -> Bool {
        isTooLarge = isTooLarge || body.readableBytes + piece.readableBytes > limit
        if !isTooLarge { body.writeImmutableBuffer(piece) }
        return !isTooLarge
    }

    /// The whole of it, once the end is there.
    func whole(_ result: InvocationResult) -> InvocationResult {
        var whole = result
        if isTooLarge {
            whole.outcome = .failed
            whole.head = nil
            whole.error = InvocationError(
                kind: "responseTooLarge",
                message: "the response has more than \(limit) bytes"
            )
        } else if let head {
            whole.head = head
            whole.body = body
        }
        return whole
    }
}
