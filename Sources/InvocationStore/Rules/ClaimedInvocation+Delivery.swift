internal import FunctionModel

extension ClaimedInvocation {
    /// Joins what is to be run with how far its delivery has come.
    init(
        _ invocation: QueuedInvocation,
        _ delivery: Delivery,
        _ received: WallTime,
        _ lease: Lease
    ) {
        self.init(
            invocation: invocation,
            attempt: delivery.attempt,
            attemptLimit: delivery.attemptLimit,
            received: received,
            expires: delivery.expires,
            lease: lease
        )
    }
}
