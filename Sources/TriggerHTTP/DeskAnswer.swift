internal import FoundationEssentials
internal import FunctionModel
internal import NIOCore

/// What the desk has said to one request.
enum DeskAnswer: Sendable {
    /// To an invocation that was to run later.
    case accepted(Result<EnqueueVerdict, StoreError>)
    /// To a question about one.
    case found(Result<StoredInvocation?, StoreError>)
}

extension Problem {
    /// Nothing is known of an invocation.
    static func unknownInvocation(_ text: String) -> Problem {
        let shown = text.utf8.count <= 64 ? "'\(text)'" : "of that name"
        return Problem(
            404,
            "not-found",
            "Not found",
            "nothing is kept of an invocation \(shown)"
        )
    }

    /// As much is queued as may be.
    static let queueFull: Problem = {
        var problem = Problem(
            429,
            "too-many-requests",
            "Too many requests",
            "as many invocations are queued as may be; try again later",
            reason: "queueFull"
        )
        problem.retryAfter = .seconds(5)
        return problem
    }()

    /// The key has been used with another payload.
    static func keyReused(_ id: InvocationID) -> Problem {
        Problem(
            422,
            "idempotency-key-reused",
            "Idempotency key reused",
            "the Idempotency-Key was used with another payload, for the invocation \(id)"
        )
    }

    /// A queued body is too large.
    static func asyncBodyTooLarge(limit: ByteCount) -> Problem {
        Problem(
            413,
            "body-too-large",
            "Body too large",
            "the request body is larger than the \(limit) that are taken with respond-async"
        )
    }

    /// The store has refused.
    init(_ error: StoreError) {
        switch error {
        case .tooLarge(let what):
            self.init(413, "body-too-large", "Body too large", what)
        case .corrupt:
            self.init(500, "damaged", "Damaged", "\(error)", outcome: .failed)
        case .unavailable, .staleLease, .unusable:
            self.init(
                503,
                "store-unavailable",
                "The store is unavailable",
                "nothing was accepted: \(error)"
            )
            retryAfter = .seconds(5)
        }
    }
}

extension StoredInvocation {
    /// The invocation as callers see it, in JSON.
    func json() throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var buffer = ByteBuffer(bytes: try encoder.encode(StoredInvocationView(self)))
        buffer.writeStaticString("\n")
        return buffer
    }
}
