public import NIOCore

/// How far a queued sequence has come, from its second step on.
public struct SequenceProgress: Sendable, Hashable, Codable {
    /// The functions that are still to run, the next one first.
    public var remaining: [FunctionName]
    /// How often earlier steps have been started.
    public var used: Int
    /// How often each step may be started.
    public var attempts: Int

    /// Describes progress.
    public init(remaining: [FunctionName], used: Int, attempts: Int) {
        self.remaining = remaining
        self.used = used
        self.attempts = attempts
    }
}

/// What a queued sequence goes on with when a step of it has succeeded.
public struct SequenceStep: Sendable {
    /// The output of that step, which is the input of the next.
    public var body: ByteBuffer
    /// Its media type.
    public var contentType: String
    /// What is left to do.
    public var progress: SequenceProgress

    /// Describes a step.
    public init(body: ByteBuffer, contentType: String, progress: SequenceProgress) {
        self.body = body
        self.contentType = contentType
        self.progress = progress
    }
}

extension QueuedInvocation {
    /// Makes it what it is after a step.
    public mutating func advance(_ step: SequenceStep) {
        body = step.body
        contentType = step.contentType
        progress = step.progress
        // What came in was the first step's.
        http = nil
        event = nil
    }
}

extension InvocationResult {
    /// The same result, whose error says in which step of a sequence it came about.
    public func inStep(_ function: FunctionName) -> InvocationResult {
        guard var error else { return self }
        var result = self
        error.message = "in the step '\(function)': \(error.message)"
        result.error = error
        return result
    }
}
