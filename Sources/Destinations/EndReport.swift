internal import FoundationEssentials
internal import FunctionModel
internal import NIOCore

/// What a destination is told of the end of an invocation, in JSON.
struct EndReport: Encodable {
    /// The most bytes of a payload or a response that a report carries.
    static let longestBody = 256 << 10

    struct Body: Encodable {
        var contentType: String?
        var body: String?
        var bodyBase64: String?
        /// How large it is, where that is too much for a report.
        var omittedBytes: Int?

        init(_ bytes: ByteBuffer, _ type: String) {
            contentType = type.isEmpty ? nil : type
            guard bytes.readableBytes <= EndReport.longestBody else {
                omittedBytes = bytes.readableBytes
                return
            }
            body = String(validating: bytes.readableBytesView, as: UTF8.self)
            if body == nil { bodyBase64 = Data(bytes.readableBytesView).base64EncodedString() }
        }
    }

    struct Response: Encodable {
        var outcome: String
        var status: Int?
        var response: Body?
    }

    struct Failure: Encodable {
        var kind: String
        var message: String
        var retryable: Bool
    }

    let version = "1"
    var id: String
    var function: String
    /// `succeeded`, or why it was given up.
    var condition: String
    var attempts: Int
    var received: Double
    var ended: Double
    var request: Body
    var result: Response?
    var error: Failure?

    init(_ end: EndedInvocation) {
        id = end.invocation.id.description
        function = end.invocation.function.description
        condition = end.condition
        attempts = end.attempts
        received = end.received.seconds
        ended = end.ended.seconds
        request = Body(end.invocation.body, end.invocation.contentType)
        if let result = end.result {
            self.result = Response(
                outcome: result.outcome.rawValue,
                status: result.head?.status,
                response: Body(result.body, result.head?.contentType ?? "")
            )
        }
        error = (end.error ?? end.result?.error).map {
            Failure(kind: $0.kind, message: $0.message, retryable: $0.retryable)
        }
    }

    /// The document.
    func json() -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return ByteBuffer(bytes: try encoder.encode(self)) } catch {
            // Texts and finite numbers can always be written.
            return ByteBuffer(string: #"{"id":"\#(id)","condition":"\#(condition)"}"#)
        }
    }
}

/// An invocation that has ended for good: it succeeded, or is a dead letter.
struct EndedInvocation {
    var invocation: QueuedInvocation
    var reason: DeadReason?
    var attempts: Int
    var received: WallTime
    var ended: WallTime
    var result: InvocationResult?
    var error: InvocationError?

    /// `succeeded`, or why it was given up.
    var condition: String { reason?.rawValue ?? "succeeded" }
}
