import FunctionModel
import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct GatheringTests {
    @Test func streamsAreJoinedUpToTheLimit() {
        var response = GatheredResponse()
        response.limit = 3
        response.begin(ResponseHead(status: 201))
        let fit = ["ab", "c"].map { response.append(ByteBuffer(string: $0)) }
        #expect(fit == [true, true])
        let whole = response.whole(InvocationResult(outcome: .succeeded))
        #expect(whole.status == 201)
        #expect(String(buffer: whole.body) == "abc")
    }

    @Test func whatIsTooLargeFails() {
        var response = GatheredResponse()
        response.limit = 3
        response.begin(ResponseHead(status: 200))
        let fits = response.append(ByteBuffer(string: "abcd"))
        #expect(!fits)
        let whole = response.whole(InvocationResult(outcome: .succeeded))
        #expect(whole.outcome == .failed)
        #expect(whole.error?.kind == "responseTooLarge")
    }

    @Test func aControlThatComesAfterTheEndIsNotKept() {
        final class Control: InvocationControl {
            func sendBody(_ piece: ByteBuffer, end: Bool) {}
            func grantCredit(bytes: Int) {}
            func cancel(_ reason: CancelReason) {}
        }
        let caller = GatheringCaller { _ in }
        weak var kept: Control?
        do {
            let control = Control()
            kept = control
            caller.invocationDidEnd(InvocationResult(outcome: .succeeded))
            caller.limit(1, control)
        }
        withExtendedLifetime(caller) { #expect(kept == nil) }
    }

    @Test func wholeResponsesPassAsTheyAre() {
        let result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 418),
            body: ByteBuffer(string: "x")
        )
        let whole = GatheredResponse().whole(result)
        #expect(whole.status == 418)
        #expect(String(buffer: whole.body) == "x")
    }
}
