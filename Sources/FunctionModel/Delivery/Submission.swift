/// An invocation that is handed over to run later, with what its caller wishes.
public struct Submission: Sendable {
    /// What is to run; its delivery is worked out from the function's own and the wishes.
    public var invocation: QueuedInvocation
    /// What the caller wishes of its delivery.
    public var wishes: DeliveryWishes
    /// The caller's idempotency key; `nil` for none.
    public var key: String?
    /// Who chose the key: two callers may choose the same.
    public var caller: String

    /// Hands an invocation over.
    public init(
        _ invocation: QueuedInvocation,
        wishes: DeliveryWishes = DeliveryWishes(),
        key: String? = nil,
        caller: String = ""
    ) {
        self.invocation = invocation
        self.wishes = wishes
        self.key = key
        self.caller = caller
    }
}

/// What became of invocations that were handed over together.
public enum SubmitVerdict: Sendable, Hashable {
    /// The store's verdicts, in their order; where one was refused none was accepted.
    case judged([EnqueueVerdict])
    /// A wish of the one at this place can't be met; nothing was accepted.
    case refused(Int, DeliveryProblem)
}
