import FunctionModel
import Testing

@testable import TriggerQueue

/// How many are claimed at a time: few, and more while each claim leaves others waiting.
struct ClaimSizeTests {
    private let start = WallTime(seconds: 1_000)

    /// One claim and the ends of what it gets; returns how many it asks for.
    private func claim(_ state: Machine, isFull: Bool) throws -> Int {
        state.expectAny()
        try #require(state.wake(now: start))
        let places = [Subject.mail: FunctionPlaces(free: 400, longest: .seconds(20))]
        let request = try #require(state.request(places))
        let claims = (0..<(isFull ? request.limit : 1)).map { _ in Subject.claim(now: start) }
        _ = state.claimed(Subject.report(claims), now: start)
        for claim in claims {
            _ = state.ended(claim, InvocationResult(outcome: .succeeded), now: start)
            state.over(claim.invocation.id, token: claim.lease.token)
        }
        return request.limit
    }

    @Test func growsWhileMuchWaitsAndShrinksAtOnce() throws {
        let state = Machine()
        let limits = try [true, true, true, true, true, false, true].map {
            try claim(state, isFull: $0)
        }
        #expect(limits == [32, 64, 128, 256, 256, 256, 32])
    }
}
