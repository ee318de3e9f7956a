internal import FoundationEssentials
internal import FunctionModel
internal import NIOCore

/// What the desk has said to one request.
enum DeskAnswer: Sendable {
    /// To an invocation that was to run later.
    case accepted(Result<SubmitVerdict, StoreError>)
    /// To a request whose key is known.
    case keyed(KeyedStart)
    /// To a question about one.
    case found(Result<StoredInvocation?, StoreError>)
    /// To the wish that one shall not run.
    case cancelled(Result<CancelAnswer, StoreError>)
    /// After the wait for the end of one that was accepted.
    case waited(StoredInvocation?)
    /// To many invocations in one request.
    case batch(BatchAnswer)
}

/// What became of a cancellation.
struct CancelAnswer: Sendable {
    let verdict: CancelVerdict
    /// How one that ran stands now.
    let stored: StoredInvocation?

    init(_ verdict: CancelVerdict, _ stored: StoredInvocation?) {
        self.verdict = verdict
        self.stored = stored
    }
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

    /// As many batches are under way as may be.
    static let tooManyBatches: Problem = {
        var problem = Problem(
            503,
            "too-many-batches",
            "Too many batches",
            "the host takes as many batches as it can at a time; try again soon"
        )
        problem.retryAfter = .seconds(1)
        return problem
    }()

    /// The key has been used with another request, which isn't named: whoever knows an invocation's
    /// id may read and cancel it, and a key may have been guessed.
    static func keyReused(index: Int? = nil) -> Problem {
        Problem(
            422,
            "idempotency-key-reused",
            "Idempotency key reused",
            (index.map { "invocations[\($0)]: " } ?? "")
                + "the Idempotency-Key was used with another payload or path"
        )
    }

    /// A wish about delivery can't be met.
    static func badDelivery(_ detail: String) -> Problem {
        Problem(400, "bad-delivery", "The delivery can't be as wished", detail)
    }

    /// A batch has a mistake.
    static func badBatch(_ problem: BatchProblem) -> Problem {
        Problem(400, "bad-batch", "The batch has a mistake", problem.description)
    }

    /// A batch names a function that isn't there.
    static func unknownInBatch(_ problem: BatchProblem) -> Problem {
        Problem(404, "not-found", "Not found", problem.description)
    }

    /// What has ended can't be cancelled.
    static func alreadyEnded(_ id: InvocationID) -> Problem {
        Problem(409, "already-ended", "Already ended", "the invocation \(id) has already ended")
    }

    /// An invocation ended before it ran.
    static func endedUnrun(_ stored: StoredInvocation) -> Problem {
        switch stored.state {
        case .cancelled:
            Problem(outcome: .cancelled, error: nil)
        default:
            Problem(
                504,
                "given-up",
                "Given up",
                "the invocation was given up before it could run"
            )
        }
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
