internal import FunctionModel

/// The problems that an invocation ends with.
extension Problem {
    /// What stands for an outcome other than success.
    ///
    /// `status` is what the function itself gave, where it failed in an orderly way.
    init(outcome: Outcome, error: InvocationError?, status given: Int? = nil) {
        let shape = Self.shape(of: outcome, kind: error?.kind ?? "")
        let orderly = given.flatMap { (400...599).contains($0) ? $0 : nil }
        self.init(
            outcome == .failed ? orderly ?? shape.status : shape.status,
            shape.word,
            shape.title,
            error?.message ?? shape.title,
            outcome: outcome,
            reason: error?.kind ?? outcome.rawValue
        )
        retryAfter = error?.retryAfter
        if retryAfter == nil, self.status == 429 { retryAfter = .seconds(1) }
    }

    private struct Shape {
        var status: Int
        var word: String
        var title: String
    }

    private static func shape(of outcome: Outcome, kind: String) -> Shape {
        switch outcome {
        case .succeeded: Shape(status: 500, word: "no-reply", title: "The function gave no reply")
        case .failed: Shape(status: 500, word: "failed", title: "The function failed")
        case .crashed: Shape(status: 502, word: "crashed", title: "The function crashed")
        case .lost: Shape(status: 502, word: "lost", title: "The invocation was lost")
        case .memoryExceeded:
            Shape(status: 502, word: "memory-exceeded", title: "Memory limit exceeded")
        case .timedOut: Shape(status: 504, word: "timed-out", title: "Time limit exceeded")
        case .cpuExceeded: Shape(status: 504, word: "cpu-exceeded", title: "CPU limit exceeded")
        case .cancelled:
            Shape(status: 503, word: "cancelled", title: "The invocation was cancelled")
        case .rejected: rejection(kind)
        }
    }

    private static func rejection(_ kind: String) -> Shape {
        switch Rejection(rawValue: kind) {
        case .noSuchFunction:
            Shape(status: 404, word: "not-found", title: "Not found")
        case .rateLimited, .queueFull, .queueTimeout, .tooManyCalls:
            Shape(status: 429, word: "too-many-requests", title: "Too many requests")
        case .payloadTooLarge:
            Shape(status: 413, word: "body-too-large", title: "Body too large")
        case .tooDeep:
            Shape(status: 508, word: "too-deep", title: "Functions call each other too deeply")
        case .backingOff, .quarantined, .cannotStart, .draining, nil:
            Shape(status: 503, word: "unavailable", title: "The function is unavailable")
        }
    }
}
