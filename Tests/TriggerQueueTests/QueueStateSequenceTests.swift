import FunctionModel
import NIOCore
import Testing

@testable import TriggerQueue

struct QueueStateSequenceTests {
    private let start = WallTime(seconds: 1_000)
    private let mail = Subject.mail

    /// A state that runs one claimed invocation.
    private func holding(attempt: Int = 1) throws -> (Machine, ClaimedInvocation) {
        let state = Machine()
        try #require(state.wake(now: start))
        let places = [mail: FunctionPlaces(free: 4, longest: .seconds(20))]
        _ = try #require(state.request(places))
        let claim = Subject.claim(attempt: attempt, now: start)
        #expect(state.claimed(Subject.report([claim]), now: start).actions.count == 1)
        return (state, claim)
    }

    @Test func aSequenceGoesOnUntilItsLastStep() throws {
        let steps = [mail, Subject.named("shop.bill")]
        let (state, claim) = try holding(attempt: 2)
        let result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 200, contentType: "a/b"),
            body: ByteBuffer(string: "out")
        )
        let actions = state.ended(claim, result, steps: steps, now: start)
        guard case .release(_, let release) = actions.first, let step = release.step else {
            Issue.record("\(actions)")
            return
        }
        #expect(step.body == result.body)
        #expect(step.contentType == "a/b")
        #expect(
            step.progress
                == SequenceProgress(remaining: [steps[1]], used: 2, attempts: claim.attemptLimit)
        )
    }

    @Test(arguments: [Outcome.failed, .crashed])
    func aStepThatFailsIsTriedAgainAsItIs(outcome: Outcome) throws {
        let (state, claim) = try holding()
        let error = InvocationError(kind: "x", message: "y", retryable: true)
        let actions = state.ended(
            claim,
            InvocationResult(outcome: outcome, error: error),
            steps: [mail, mail],
            now: start
        )
        guard case .release(_, let release) = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(release.step == nil)
    }
}
