import FunctionModel
import Testing

@Suite struct RejectionTests {
    @Test(arguments: [
        (Rejection.noSuchFunction, 404, false), (.queueFull, 429, true), (.rateLimited, 429, true),
        (.quarantined, 503, true),
        (.queueTimeout, 429, true),
        (.backingOff, 503, true), (.cannotStart, 503, true), (.draining, 503, true),
        (.tooDeep, 508, false), (.tooManyCalls, 429, true),
        (.payloadTooLarge, 413, false),
    ])
    func statuses(reason: Rejection, status: Int, isRetryable: Bool) {
        let result = InvocationResult.rejected(reason, "no")
        #expect(result.outcome == .rejected)
        #expect(result.status == status)
        #expect(result.error?.retryable == isRetryable)
    }

    @Test(arguments: [
        (Outcome.succeeded, 200), (.failed, 500), (.crashed, 502), (.lost, 502),
        (.memoryExceeded, 502), (.timedOut, 504), (.cpuExceeded, 504), (.cancelled, 503),
    ])
    func outcomes(outcome: Outcome, status: Int) {
        #expect(InvocationResult(outcome: outcome).status == status)
    }

    @Test func theFunctionsOwnStatusGoesFirst() {
        let head = ResponseHead(status: 418)
        #expect(InvocationResult(outcome: .failed, head: head).status == 418)
        #expect(InvocationResult(outcome: .crashed, head: head).status == 502)
    }
}
