import Testing

@testable import TriggerHTTP

@Suite struct ExchangeStateTests {
    struct Case: Sendable {
        var name: String
        var keepsAlive = true
        var framing = BodyFraming.none
        var draining = false
        var endsWithClose = false
        /// Whether the request is complete before the reply begins.
        var inputFirst = true
        var goesOn: Bool
        var step: ExchangeState.Step
    }

    static let cases = [
        Case(name: "plain", goesOn: true, step: .next),
        Case(name: "last", keepsAlive: false, goesOn: false, step: .close),
        Case(name: "draining", draining: true, goesOn: false, step: .close),
        Case(name: "close-delimited", endsWithClose: true, goesOn: false, step: .close),
        Case(
            name: "rest is short",
            framing: .length(9),
            inputFirst: false,
            goesOn: true,
            step: .wait
        ),
        Case(
            name: "rest is long",
            framing: .length(11),
            inputFirst: false,
            goesOn: false,
            step: .linger
        ),
        Case(
            name: "rest is unknown",
            framing: .chunked,
            inputFirst: false,
            goesOn: false,
            step: .linger
        ),
        Case(
            name: "last, with a short rest",
            keepsAlive: false,
            framing: .length(9),
            inputFirst: false,
            goesOn: false,
            step: .linger
        ),
    ]

    @Test(arguments: cases)
    func decidesWhatBecomesOfTheConnection(_ testCase: Case) {
        let head = RequestHead(
            method: "POST",
            path: "/",
            keepsAlive: testCase.keepsAlive,
            framing: testCase.framing
        )
        var state = ExchangeState(head: head, streams: false)
        if testCase.inputFirst {
            let first = state.inputEnds()
            #expect(first == .wait)
        }
        let goesOn = state.replyBegins(
            draining: testCase.draining,
            skippable: 10,
            endsWithClose: testCase.endsWithClose
        )
        #expect(goesOn == testCase.goesOn)
        let step = state.replyEnds()
        #expect(step == testCase.step)
        guard step == .wait else { return }
        let last = state.inputEnds()
        #expect(last == .next)
    }

    @Test func countsWhatHasArrived() {
        let head = RequestHead(method: "POST", path: "/", framing: .length(100))
        var state = ExchangeState(head: head, streams: true)
        state.received(95)
        let goesOn = state.replyBegins(draining: false, skippable: 10, endsWithClose: false)
        #expect(goesOn)
    }
}
